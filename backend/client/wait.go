package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// Awaited says what is waited for, and for how long.
type Awaited struct {
	Watched
	Count   int           // messages, at least 1
	Timeout time.Duration // at most 10 min
	// After has what is kept with a higher number count, too; nil: only what comes
	// from now on does.
	After *uint64
}

// beyond is how much longer than the time that is waited for an answer may take:
// a hub that has gone without a word would never end one.
const beyond = 15 * time.Second

// Wait calls each for every message that matches, as it comes, a line of JSON, and
// returns how the wait ended. A hub that stopped, or was cut off, is an error. So is
// a ctx that ended.
func (c *Client) Wait(ctx context.Context, a Awaited, each func(line []byte) error) (wire.WaitEnd, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.Timeout+beyond, fmt.Errorf("the hub at %s has fallen silent", c.base))
	defer cancel()
	q := a.values()
	q.Set("timeout", a.Timeout.String())
	q.Set("count", strconv.Itoa(a.Count))
	if a.After != nil {
		q.Set("after", strconv.FormatUint(*a.After, 10))
	}
	res, err := c.do(ctx, http.MethodGet, "/api/v1/wait?"+q.Encode(), nil)
	if err != nil {
		return wire.WaitEnd{}, orCause(ctx, err)
	}
	defer res.Body.Close()
	in := bufio.NewReaderSize(res.Body, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the hub at %s cut the wait off", c.base)
			} else {
				err = fmt.Errorf("the connection to %s is lost", c.base)
			}
			return wire.WaitEnd{}, orCause(ctx, err)
		}
		line = bytes.TrimRight(line, "\n")
		if len(line) == 0 {
			continue // it is still there
		}
		var end wire.WaitEnd
		if bytes.HasPrefix(line, []byte(`{"end":`)) && json.Unmarshal(line, &end) == nil {
			if end.End == wire.WaitStopping {
				return end, fault.Newf(fault.Stopping, "the hub at %s stopped", c.base)
			}
			return end, nil
		}
		if err := each(line); err != nil {
			return wire.WaitEnd{}, err
		}
	}
}

// orCause is why ctx ended where it did, else err.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
