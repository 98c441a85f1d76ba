package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"emitscope/backend/door/wire"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// lines reads NDJSON. An empty line is none.
func (r *reader) lines(in *bufio.Reader) error {
	var text []byte
	for line := 1; ; line++ {
		text = text[:0]
		for {
			part, err := in.ReadSlice('\n')
			text = append(text, part...)
			if len(text) > MaxLine {
				return inLine(line, tooLong())
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if whole := bytes.TrimSpace(text); len(whole) > 0 {
				rec, failed := r.line(whole)
				if failed != nil {
					return inLine(line, failed)
				}
				if failed := r.add(rec); failed != nil {
					return inLine(line, failed)
				}
			}
			if err != nil {
				return nil
			}
			break
		}
	}
}

// line reads what stands in one line: data of an event that is known, a message as a
// hub tells of it, or as a producer has it.
func (r *reader) line(text []byte) (*msg.Record, error) {
	if r.Event != "" {
		payload, err := jsontext.Compact(text)
		if err != nil {
			return nil, err
		}
		at, err := timeIn(payload)
		if err != nil {
			return nil, err
		}
		return r.plain(r.Namespace, r.Event, at, payload), nil
	}
	var m wire.Recorded
	whole := json.Unmarshal(text, &m)
	if whole == nil && m.IsWhole() {
		return told(&m)
	}
	var p producers
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, explainJSON(err)
	}
	if p.AcceptedTime != nil && p.Outcome != nil && whole != nil {
		return nil, explainJSON(whole)
	}
	return r.produced(&p, text)
}

// producers is a message as programs hand it in, in whatever order they have its time.
type producers struct {
	Namespace    *string         `json:"namespace"`
	Event        *string         `json:"event"`
	On           *string         `json:"on"` // the same
	Data         json.RawMessage `json:"data"`
	AcceptedTime json.RawMessage `json:"accepted_time"`
	Outcome      json.RawMessage `json:"outcome"`
	Args         *bool           `json:"args"`
	Rooms        []string        `json:"rooms"`
}

func (r *reader) produced(p *producers, text []byte) (*msg.Record, error) {
	event := p.Event
	if event == nil {
		event = p.On
	}
	if event == nil || p.Data == nil {
		missing := "event"
		if event != nil {
			missing = "data"
		}
		return nil, bad("it has no %q", missing).WithField(missing).
			WithHint(`a message is {"event":"NAME","data":ANYTHING}; event=NAME takes each line as the data of such an event`)
	}
	namespace := r.Namespace
	if p.Namespace != nil {
		namespace = *p.Namespace
	}
	at, err := timeIn(text)
	if err != nil {
		return nil, err
	}
	rec := r.plain(namespace, *event, at, p.Data)
	rec.Spread = p.Args != nil && *p.Args
	if len(p.Rooms) > 0 {
		rec.Rooms = p.Rooms
	}
	return rec, nil
}

// explainJSON says for a person what encoding/json does not like.
func explainJSON(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return bad("it is not JSON: %v", syntax).WithHint("each line is one JSON value; see byte %d of the line, counted from 1", syntax.Offset)
	case errors.As(err, &kind) && kind.Field == "":
		return bad("it is a %s and no object", kind.Value).WithHint(`a message is {"event":"NAME","data":ANYTHING}; event=NAME takes each line as the data of such an event`)
	case errors.As(err, &kind):
		field := strings.TrimPrefix(kind.Field, "Message.") // which is how Recorded is made, and no field
		return bad("%s cannot be a %s", field, kind.Value).WithField(field).WithHint("write it as an export of Emitscope does, or leave it out")
	}
	return bad("it cannot be read: %v", err)
}
