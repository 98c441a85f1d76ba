package client

import (
	"context"
	"net/http"
	"net/url"

	"emitscope/backend/door/wire"
)

// PublishTo hands in a message for one client.
func (c *Client) PublishTo(ctx context.Context, client string, m wire.DirectMessage) (wire.Accepted, error) {
	var done wire.Accepted
	err := c.direct(ctx, client, m, &done)
	return done, err
}

// Ask hands in a message for one client, with an ack, and returns what its program
// says to it.
func (c *Client) Ask(ctx context.Context, client string, m wire.DirectMessage) (wire.Acked, error) {
	var got wire.Acked
	err := c.direct(ctx, client, m, &got)
	return got, err
}

func (c *Client) direct(ctx context.Context, client string, m wire.DirectMessage, answer any) error {
	return c.say(ctx, http.MethodPost, "/api/v1/clients/"+url.PathEscape(client)+"/messages", m, answer)
}
