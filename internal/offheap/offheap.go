// Package offheap gives memory that the garbage collector does not know of, for large
// tables that live as long as the process. The collector lets a heap grow to twice what
// lives in it; a table of a gigabyte would have the process take two.
package offheap

import (
	"fmt"
	"reflect"
)

// Make gives n zero values, which may hold no pointers: the collector would not see
// them. They have to be given back with Free.
func Make[T any](n int) []T {
	if t := reflect.TypeFor[T](); pointers(t) {
		panic(fmt.Sprintf("offheap: %s holds pointers", t))
	}
	return take[T](n)
}

// Free gives back what Make gave, whole. Nothing may use it any more.
func Free[T any](table []T) { give(table) }

// pointers says whether values of a type hold any. What is not known to hold none does.
func pointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && pointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if pointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return false
	}
	return true
}
