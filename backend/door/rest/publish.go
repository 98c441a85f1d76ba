package rest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// maxStream bounds a body of lines, in bytes. It only keeps one request from
// going on for ever; nothing of that size is ever held in memory.
const maxStream = 256 << 20

// postMessages takes one message, an array of them, or a stream of lines.
func (d *Door) postMessages(w http.ResponseWriter, r *http.Request) error {
	f, err := formatOf(r)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	by := msg.CallerOf(r.Context())
	b := &batch{
		intake: d.o.Intake, reached: d.o.Reached, scratch: d.scratch(),
		origin: msg.Origin{Door: msg.DoorREST, Address: hostOf(r), Key: by.Key, Local: by.Local},
	}
	defer d.release(b.scratch)
	if key != "" {
		// Who uses another key means another message by the same word. Neither has a
		// line break in it.
		return d.postOnce(w, r, by.Key+"\n"+key, f, b)
	}
	limit := d.o.MaxBody
	if f == formatLines {
		limit = maxStream
	}
	in, err := d.openBody(w, r, limit)
	if err != nil {
		return err
	}
	if f == formatLines {
		in.onWait = b.flush // a line must not wait for the ones that are not here yet
		if err = d.o.Welcome(in.by); err != nil {
			in.close(w)
			return d.refused(r, err)
		}
	}
	err = b.read(in, f, d.o.MaxBody)
	in.close(w)
	if err != nil {
		return err
	}
	b.answer(d.o.Lanes).send(w)
	return nil
}

// postOnce does the same for a body that may be sent again under the same key.
// The body is read whole first, so half of one is never taken.
func (d *Door) postOnce(w http.ResponseWriter, r *http.Request, key string, f format, b *batch) error {
	text, err := d.readWhole(w, r)
	if errors.Is(err, fault.TooLarge) {
		return fault.From(err).WithHint("with an Idempotency-Key, send it in parts with a key each, or raise limits.max_body")
	}
	if err != nil {
		return err
	}
	hash := sha256.Sum256(append([]byte(f), text...))
	known, err := d.keys.begin(key, hash)
	if err != nil {
		return err
	}
	if known.answer.status != 0 {
		w.Header().Set("Idempotency-Replayed", "true")
		known.answer.send(w)
		return nil
	}
	b.progress, b.pass = known.progress, known.taken.Accepted
	d.finishOnce(r, key, text, f, b).send(w)
	return nil
}

// finishOnce takes what is left of the body, and remembers what came of it
// before anybody is told.
func (d *Door) finishOnce(r *http.Request, key string, text []byte, f format, b *batch) (out reply) {
	defer func() { d.keys.end(key, attempt{out, b.progress}) }() // even when what follows panics
	err := b.read(bytes.NewReader(text), f, d.o.MaxBody)
	if err != nil {
		return d.errorReply(r, err)
	}
	return b.answer(d.o.Lanes)
}

// readWhole reads a body of at most MaxBody.
func (d *Door) readWhole(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	in, err := d.openBody(w, r, d.o.MaxBody)
	if err != nil {
		return nil, err
	}
	defer in.close(w)
	return io.ReadAll(in)
}

// formatOf reads the Content-Type. It is asked for, though curl -d sends another
// by default, because a page of any origin may send text/plain and forms without
// asking first, but not JSON.
func formatOf(r *http.Request) (format, error) {
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return "", unsupported("Content-Encoding", enc).WithHint("send the body as it is")
	}
	header := r.Header.Get("Content-Type")
	if header == string(formatJSON) {
		return formatJSON, nil
	}
	kind, params, err := mime.ParseMediaType(header)
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return "", unsupported("charset", charset).WithHint("JSON is UTF-8")
	}
	if f := format(kind); err == nil && (f == formatJSON || f == formatLines) {
		return f, nil
	}
	return "", unsupported("Content-Type", header).WithHint("send the header Content-Type: application/json, or " +
		"application/x-ndjson for one message a line (curl: -H 'Content-Type: application/json')")
}

func unsupported(what, value string) *refusal {
	return &refusal{
		http.StatusUnsupportedMediaType,
		fault.Newf(fault.Invalid, "%s %q is not supported", what, fault.Clip(value)).WithCode("unsupported_media_type"),
	}
}

// hostOf is who sent r, without the port.
func hostOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
