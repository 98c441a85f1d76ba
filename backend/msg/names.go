package msg

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/fault"
)

// DefaultNamespace is where a message goes that names none.
const DefaultNamespace = "/ws"

// Limits on names, in bytes, and on rooms.
const (
	// MaxNamespace bounds a namespace; Socket.IO sets no limit.
	MaxNamespace = 128
	// MaxEvent is the longest event name accepted. Socket.IO sets no limit; 128
	// keeps one row of the viewer on one line.
	MaxEvent = 128
	// MaxRoom bounds a room's name.
	MaxRoom = 128
	// MaxRooms is how many rooms one message may address.
	MaxRooms = 64
	// MaxLast is how many of the last messages whoever comes late may ask for.
	MaxLast = 100
)

// CheckNamespace returns an Invalid error unless name can be a Socket.IO
// namespace: it begins with "/", and has no comma, "?" or "#" (which end the
// name on the wire), no white space and no control character.
func CheckNamespace(name string) error {
	switch {
	case !strings.HasPrefix(name, "/"):
		return fault.Newf(fault.Invalid, "namespace %q does not begin with /", fault.Clip(name)).
			WithCode("invalid_namespace").WithHint("a namespace is written like /ws/rt_market")
	case len(name) > MaxNamespace:
		return fault.Newf(fault.Invalid, "namespace is %d bytes; at most %d are allowed", len(name), MaxNamespace).WithCode("invalid_namespace")
	case strings.ContainsAny(name, ",?# ") || !printable(name):
		return fault.Newf(fault.Invalid, "namespace %q has a character that is not allowed", fault.Clip(name)).
			WithCode("invalid_namespace").WithHint("leave out commas, question marks, hashes, spaces and control characters")
	}
	return nil
}

// reserved reports whether Socket.IO itself raises an event of that name on the
// receiving side, so that a message would never reach a listener, or would break
// the client.
func reserved(event string) bool {
	switch event {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}

// CheckEvent returns an Invalid error unless name can be an event's name.
func CheckEvent(name string) error {
	switch {
	case name == "":
		return fault.Newf(fault.Invalid, "the message has no event name").WithCode("invalid_event").WithHint(`add "event"`)
	case len(name) > MaxEvent:
		return fault.Newf(fault.Invalid, "event name is %d bytes; at most %d are allowed", len(name), MaxEvent).WithCode("invalid_event")
	case reserved(name):
		return fault.Newf(fault.Invalid, "event name %q is reserved by Socket.IO", name).WithCode("invalid_event").WithHint("choose another name")
	case !printable(name):
		return fault.Newf(fault.Invalid, "event name %q has a control character or is not UTF-8", fault.Clip(name)).
			WithCode("invalid_event").WithHint("choose a name that can be printed")
	}
	return nil
}

// CheckRooms returns an Invalid error for too many rooms or one with a bad name.
func CheckRooms(rooms []string) error {
	if len(rooms) > MaxRooms {
		return fault.Newf(fault.Invalid, "the message addresses %d rooms; at most %d are allowed", len(rooms), MaxRooms).
			WithCode("invalid_room").WithHint("send it to a room that they share, or to everybody")
	}
	for _, r := range rooms {
		if r == "" || len(r) > MaxRoom || !printable(r) {
			return fault.Newf(fault.Invalid, "room %q is not a valid name", fault.Clip(r)).
				WithCode("invalid_room").WithHint("a room has 1 to %d bytes of UTF-8 without control characters", MaxRoom)
		}
	}
	return nil
}

// CheckLast returns an Invalid error unless n of the last messages can be asked
// for. Giving fewer than that without a word would pass for all there are.
func CheckLast(n int) error {
	if n < 0 || n > MaxLast {
		return fault.Newf(fault.Invalid, "last is %d; it is 0 to %d", n, MaxLast).
			WithCode("invalid_last").WithHint("GET /api/v1/messages has older ones, page by page")
	}
	return nil
}

// printable reports whether s is text that is shown as it is written. What turns
// the direction of text could show one name as another.
func printable(s string) bool {
	turns := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
	return utf8.ValidString(s) && !strings.ContainsFunc(s, turns)
}
