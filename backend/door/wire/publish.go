package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// DecodeStrict reads the JSON object in data into v, which is a pointer to one
// of this package's types. It refuses, with an Invalid error that names the
// field or the byte (counted from 0):
//   - a field v does not have, by exactly this name (code unknown_field),
//   - a value of the wrong type (code invalid_type),
//   - text that is not exactly one JSON value in UTF-8 (code invalid_json).
//
// v keeps nothing of data, so the caller may use data again.
func DecodeStrict(data []byte, v any) error {
	if !utf8.Valid(data) { // encoding/json would put U+FFFD in its place
		return syntax(data)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if len(bytes.TrimLeft(data[d.InputOffset():], " \t\r\n")) > 0 {
			return syntax(data)
		}
		if name, ok := misspelled(data); ok {
			return unknownField(name)
		}
		return nil
	}
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return badType(wrongType)
	}
	var notBase64 base64.CorruptInputError
	if errors.As(err, &notBase64) {
		return fault.Newf(fault.Invalid, "an attachment is not base64 at its character %d", int64(notBase64)).WithCode("invalid_type").
			WithHint("encode it as RFC 4648 says, with + and / and the = at the end")
	}
	// encoding/json has no type for this error. A test notices if its text changes.
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if name, err := strconv.Unquote(field); err == nil {
			field = name
		}
		return unknownField(field)
	}
	return syntax(data)
}

func unknownField(name string) error {
	return fault.Newf(fault.Invalid, "field %s is unknown", quoteClipped(name)).
		WithCode("unknown_field").WithHint("look for a spelling mistake, or leave it out")
}

// mostLevels is how deep encoding/json reads. How deep data may be is a setting,
// which intake knows.
const mostLevels = 10_000

// syntax says what is wrong with text that is not JSON. Compact knows the byte,
// but calls what it is given data, which here is the name of a field.
func syntax(data []byte) error {
	if _, err := (jsontext.Bounds{MaxDepth: mostLevels, MaxKeys: math.MaxInt}).Compact(data); err != nil {
		f := *fault.From(err)
		f.Message = "the text" + strings.TrimPrefix(f.Message, "data")
		if f.Code == jsontext.TooDeep {
			f.Hint = "send what is deeper as text" // no setting lets it be this deep
		}
		return &f
	}
	return fault.Newf(fault.Invalid, "the text is not valid JSON").WithCode("invalid_json")
}

func badType(e *json.UnmarshalTypeError) error {
	subject := "the text"
	if e.Field != "" {
		// Of a path through embedded structs, only the last part is on the wire.
		subject = "field " + strconv.Quote(e.Field[strings.LastIndexByte(e.Field, '.')+1:])
	}
	got, _, _ := strings.Cut(e.Value, " ") // "number 1.5" says too much
	return fault.Newf(fault.Invalid, "%s is of type %s, but %s is wanted", subject, got, wanted(e.Type)).WithCode("invalid_type")
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Pointer:
		return wanted(t.Elem())
	default:
		return "a whole number that is not too large"
	}
}

// quoteClipped keeps a hostile text from filling an error message.
func quoteClipped(s string) string {
	const most = 40
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}

// Draft turns p into a message not yet trusted: intake checks the names and the
// payload. The caller adds the origin, and a namespace where p has none but the
// socket has its own. Data that is absent is null. The draft shares p's slices.
func (p Publish) Draft() (msg.Draft, error) {
	d := msg.Draft{Namespace: p.Namespace, Event: p.Event, Payload: p.Data, Spread: p.Args, Attachments: p.Attachments, Rooms: p.Rooms}
	if p.On != "" {
		if p.Event != "" {
			return msg.Draft{}, fault.Newf(fault.Invalid, `"event" and "on" are both given, but mean the same`).
				WithCode("invalid_event").WithHint(`leave out "on"`)
		}
		d.Event = p.On
	}
	if d.Payload == nil {
		d.Payload = []byte("null")
	}
	if err := checkAttachments(d.Payload, len(d.Attachments)); err != nil {
		return msg.Draft{}, err
	}
	source, err := parseSourceTime(p.SourceTime)
	if err != nil {
		return msg.Draft{}, err
	}
	d.Source = source
	return d, nil
}

// parseSourceTime reads RFC 3339 text, or nanoseconds since 1970 as a number or
// as text (JavaScript's numbers cannot hold them exactly). Absent and null are
// the zero time. A number too small is refused: seconds or milliseconds would
// silently mean a moment in January 1970.
func parseSourceTime(raw json.RawMessage) (time.Time, error) {
	if len(raw) == 0 {
		return time.Time{}, nil
	}
	text := string(raw)
	if text == "null" {
		return time.Time{}, nil
	}
	if text[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return time.Time{}, badSourceTime(string(raw))
		}
	}
	if ns, err := strconv.ParseInt(text, 10, 64); err == nil && ns >= 0 {
		if ns < firstNumber {
			return time.Time{}, fault.Newf(fault.Invalid, "source_time %d is a time before 2000, for numbers are in nanoseconds", ns).
				WithCode("invalid_source_time").WithHint("send whole ns since 1970 (ms × 1,000,000, s × 1,000,000,000), or RFC 3339 text")
		}
		return time.Unix(0, ns).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Before(time.Unix(0, 0)) || t.Year() > lastYear {
		return time.Time{}, badSourceTime(text)
	}
	return t.UTC(), nil
}

// firstNumber is 2000-01-01 in nanoseconds; today in microseconds is still less.
const firstNumber = 946_684_800 * int64(time.Second)

// lastYear is the last one whose every moment fits in 64 bits of nanoseconds.
const lastYear = 2261

func badSourceTime(text string) error {
	return fault.Newf(fault.Invalid, "source_time %s is not a time from 1970 to %d", quoteClipped(text), lastYear).
		WithCode("invalid_source_time").
		WithHint("use RFC 3339, such as 2026-01-02T15:04:05.123456789Z, or whole nanoseconds since 1970")
}
