package access

import "errors"

// What can be wrong with a request to change who may do what. Every surface
// maps these once, with errors.Is.
var (
	ErrInvalid   = errors.New("invalid")   // the request can never be granted as it stands
	ErrConflict  = errors.New("conflict")  // it contradicts what is already there
	ErrNotFound  = errors.New("not found") // what it names is not there
	ErrForbidden = errors.New("forbidden") // the caller's role does not allow it
)
