package trial

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// pollWait is how long a poll may wait for its answer. It is answered at least
// once in each ping interval, which is 25 s on most servers.
const pollWait = 60 * time.Second

// exchange is one HTTP connection, kept alive, with one request at a time. It
// costs a fraction of what net/http's client does, which keeps a pool of
// connections and two goroutines for each.
type exchange struct {
	conn net.Conn
	in   *bufio.Reader
	head string // of every request, after its first line
	host string
	wait time.Duration // for an answer

	out  []byte
	body []byte
}

// newExchange connects to the host of u, where an answer comes within wait.
func (p Plan) newExchange(ctx context.Context, u *url.URL, wait time.Duration) (*exchange, error) {
	trust, err := p.trust()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	conn, err := dial(ctx, u, trust)
	if err != nil {
		return nil, err
	}
	x := &exchange{conn: conn, in: bufio.NewReaderSize(conn, 4<<10), host: u.Host, wait: wait}
	x.head = " HTTP/1.1\r\nHost: " + u.Host + "\r\n"
	if p.Key != "" {
		x.head += "Authorization: Bearer " + p.Key + "\r\n"
	}
	return x, nil
}

// get asks for path. The body is valid until the next request.
func (x *exchange) get(path string) (status int, body []byte, err error) {
	x.out = append(x.out[:0], "GET "+path+x.head+"\r\n"...)
	return x.ask()
}

// post sends body to path.
func (x *exchange) post(path, contentType string, body []byte) (status int, answer []byte, err error) {
	x.out = append(x.out[:0], "POST "...)
	x.out = append(x.out, path...)
	x.out = append(x.out, x.head...)
	x.out = append(x.out, "Content-Type: "...)
	x.out = append(x.out, contentType...)
	x.out = append(x.out, "\r\nContent-Length: "...)
	x.out = strconv.AppendInt(x.out, int64(len(body)), 10)
	x.out = append(x.out, "\r\n\r\n"...)
	x.out = append(x.out, body...)
	return x.ask()
}

// ask writes what is in out and reads the answer.
func (x *exchange) ask() (status int, body []byte, err error) {
	if err := x.conn.SetDeadline(time.Now().Add(x.wait)); err != nil {
		return 0, nil, err
	}
	if _, err := x.conn.Write(x.out); err != nil {
		return 0, nil, err
	}
	res, err := http.ReadResponse(x.in, nil)
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s closed the connection without an answer", x.host)
		}
		return 0, nil, err
	}
	defer res.Body.Close()
	all := bytes.NewBuffer(x.body[:0])
	if _, err := all.ReadFrom(io.LimitReader(res.Body, maxMessage)); err != nil {
		return 0, nil, err
	}
	x.body = all.Bytes()
	if res.Close {
		_ = x.conn.Close() // the server is about to
	}
	return res.StatusCode, x.body, nil
}

// refusal makes an error of an answer that says no.
func refusal(res *http.Response, u *url.URL) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 16<<10))
	return refused(res.StatusCode, text, u.Host)
}

// refused makes an error of a status that says no and its body.
func refused(status int, body []byte, host string) error {
	code, message, hint := reasonOf(status, body)
	e := fault.Newf(fault.Internal, "%s refused the connection: %s", host, message).WithCode(code)
	if hint != "" {
		e = e.WithHint("%s", hint)
	}
	return e
}

// reasonOf reads why a server refused something: its own words, or its status.
func reasonOf(status int, body []byte) (code, message, hint string) {
	var e wire.Error
	if json.Unmarshal(body, &e) == nil && e.Code != "" {
		return e.Code, e.Message, e.Hint
	}
	code, message = "http_"+strconv.Itoa(status), strconv.Itoa(status)+" "+http.StatusText(status)
	var other struct {
		Message string `json:"message"`
	}
	if _ = json.Unmarshal(body, &other); other.Message != "" { // a field of another type is no message
		message += " (" + other.Message + ")"
	}
	return code, strings.TrimSpace(message), ""
}
