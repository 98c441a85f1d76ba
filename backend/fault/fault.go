// Package fault holds errors with a kind a caller can act on.
//
// A message for a person is made once, where the fact is known. The doors
// (rest, sio, ws) turn the kind into a status, an ack or a close code; nobody
// compares errors by text.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a caller can do about an error. Kind is itself an error, so
// that errors.Is(err, fault.Full) holds for every error of that kind.
type Kind string

// The kinds. The text of a kind is the code a client sees when the error has no
// more precise one.
const (
	Invalid      Kind = "invalid"        // the input is wrong: mend it, do not repeat it
	TooLarge     Kind = "too_large"      // over a limit on size: send less at once
	Unauthorized Kind = "unauthorized"   // no key, or an unknown one
	Forbidden    Kind = "forbidden"      // known, but not allowed
	NotFound     Kind = "not_found"      // no such lane, message, client
	Conflict     Kind = "conflict"       // contradicts what is there
	Full         Kind = "queue_full"     // a lane is full: wait, then repeat
	TooMany      Kind = "limit_exceeded" // a limit on count or rate was reached
	Stopping     Kind = "stopping"       // the hub is stopping: repeat when it is back
	Internal     Kind = "internal"       // our mistake; details are in the log
)

// Error makes a Kind usable as the target of errors.Is.
func (k Kind) Error() string { return string(k) }

// Error is a mistake explained to a person: what happened, and what to do.
type Error struct {
	Kind    Kind
	Code    string // snake_case, stable, for programs; never empty
	Message string // one sentence: what is wrong, with the value and the limit
	Hint    string // what to do about it; may be empty
	Field   string // which field of what was handed in, as the wire calls it; empty: not one alone
	Place   *Place // where in a text that a person wrote, that of Field; nil: in none
}

// Place is a part of a text, in characters.
type Place struct {
	At     int // from 0
	Length int // 0: something is missing there
}

// Error returns the sentence, and the hint after it where there is one.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + "; " + e.Hint
}

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// Newf returns an error of kind k whose code is the kind's own.
func Newf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Code: string(k), Message: fmt.Sprintf(format, args...)}
}

// WithCode returns a copy of e with a more precise code.
func (e *Error) WithCode(code string) *Error {
	c := *e
	c.Code = code
	return &c
}

// WithHint returns a copy of e that says what to do.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithField returns a copy of e that says which field is wrong.
func (e *Error) WithField(name string) *Error {
	c := *e
	c.Field = name
	return &c
}

// WithPlace returns a copy of e that says where in the text it is.
func (e *Error) WithPlace(at, length int) *Error {
	c := *e
	c.Place = &Place{At: at, Length: length}
	return &c
}

// From returns the *Error inside err. An error nobody explained becomes
// Internal, with a sentence that keeps its details out of a stranger's sight;
// the caller logs err itself. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Newf(Internal, "something went wrong inside Emitscope").
		WithHint("the log of the hub has the details")
}

// Clip keeps a text that a stranger sent from filling a sentence or a log line:
// of more than 80 bytes it leaves the first ones.
func Clip(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
