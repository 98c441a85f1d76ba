package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"emitscope/backend/fault"
)

// Watched says which messages are wanted; what is empty excludes none.
type Watched struct {
	Namespace, Event string // exact names
	Query            string // see docs/queries.md
}

func (w Watched) values() url.Values {
	return filled(map[string]string{"namespace": w.Namespace, "event": w.Event, "q": w.Query})
}

// filled returns the parameters that have a value.
func filled(all map[string]string) url.Values {
	q := url.Values{}
	for name, value := range all {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// Messages calls each for the newest messages that the hub keeps and a query
// selects, at most limit, or all of them with 0; oldest first, each a line of JSON.
func (c *Client) Messages(ctx context.Context, query string, limit int, each func(line []byte) error) error {
	q := Watched{Query: query}.values()
	q.Set("format", "ndjson")
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	res, err := c.do(ctx, http.MethodGet, "/api/v1/messages?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	lines := bufio.NewReaderSize(res.Body, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the connection to %s is lost", c.base)
		}
		if err := each(bytes.TrimRight(line, "\n")); err != nil {
			return err
		}
	}
}

// Watch calls each for every message emitted from now on that is wanted, until
// ctx ends, the hub stops, or each returns an error. It returns nil only when ctx
// ended; the error of a hub that stops is Stopping.
func (c *Client) Watch(ctx context.Context, wanted Watched, each func(data []byte) error) error {
	q := wanted.values()
	res, err := c.do(ctx, http.MethodGet, "/api/v1/stream?"+q.Encode(), nil)
	if err != nil {
		return untilDone(ctx, err)
	}
	defer res.Body.Close()
	lines := bufio.NewReaderSize(res.Body, 64<<10)
	name := ""
	end := fmt.Errorf("the connection to %s is lost", c.base)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return untilDone(ctx, end)
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			name = "" // the end of one server-sent event
		case bytes.HasPrefix(line, []byte("event: ")):
			if name = string(line[len("event: "):]); name == "stopping" { // what waits still comes
				end = fault.Newf(fault.Stopping, "the hub at %s stopped", c.base)
			}
		case bytes.HasPrefix(line, []byte("data: ")) && (name == "" || name == "message"):
			if err := each(line[len("data: "):]); err != nil {
				return err
			}
		}
	}
}

func untilDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
