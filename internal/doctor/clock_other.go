//go:build !linux

package doctor

import "errors"

func synchronised() (bool, error) { return false, errors.New("only Linux tells") }
