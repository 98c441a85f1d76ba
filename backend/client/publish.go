package client

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// Publish hands messages in, in their order. When the hub refuses one, the
// answer tells beside the error how many were taken before it, and their numbers.
func (c *Client) Publish(ctx context.Context, messages ...wire.Publish) (wire.Accepted, error) {
	body, err := json.Marshal(messages)
	if err != nil {
		return wire.Accepted{}, fault.Newf(fault.Invalid, "the data is not valid JSON: %v", err).WithCode("invalid_json")
	}
	done, _, err := c.publish(ctx, "application/json", body)
	return done, err
}

// PublishLines does so with messages that are written already, one a line. When the
// hub refuses one for now, such as because a lane is full, the error is of kind
// Full, and again is how long to wait before it is handed in again.
func (c *Client) PublishLines(ctx context.Context, lines []byte) (done wire.Accepted, again time.Duration, err error) {
	return c.publish(ctx, "application/x-ndjson", lines)
}

func (c *Client) publish(ctx context.Context, contentType string, body []byte) (done wire.Accepted, again time.Duration, err error) {
	res, err := c.send(ctx, http.MethodPost, "/api/v1/messages", contentType, body)
	if err != nil {
		return wire.Accepted{}, 0, err
	}
	defer res.Body.Close()
	if refused(res) {
		e, err := refusal(res)
		done = wire.Accepted{FirstSeq: e.FirstSeq, LastSeq: e.LastSeq}
		if e.Accepted != nil {
			done.Accepted = *e.Accepted
		}
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")) // else 0
		return done, time.Duration(seconds) * time.Second, err
	}
	err = decode(res, &done)
	return done, 0, err
}
