package client

import (
	"context"
	"io"
	"net/http"

	"emitscope/backend/door/wire"
)

// About returns what the hub is, and what it keeps.
func (c *Client) About(ctx context.Context) (wire.About, error) {
	var about wire.About
	err := c.call(ctx, http.MethodGet, "/api/v1/about", nil, &about)
	return about, err
}

// Backup returns a zip of what the hub keeps, which the caller must close. Where
// it breaks off, reading fails.
func (c *Client) Backup(ctx context.Context) (io.ReadCloser, error) {
	return c.Fetch(ctx, "/api/v1/backup")
}

// Fetch returns what the hub has at a path, which the caller must close. Where it
// breaks off, reading fails.
func (c *Client) Fetch(ctx context.Context, path string) (io.ReadCloser, error) {
	res, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// ClearMessages has the hub forget the recent messages.
func (c *Client) ClearMessages(ctx context.Context) (wire.Cleared, error) {
	var cleared wire.Cleared
	err := c.call(ctx, http.MethodDelete, "/api/v1/messages", nil, &cleared)
	return cleared, err
}

// DeleteData has the hub forget all that was handed in and set.
func (c *Client) DeleteData(ctx context.Context) (wire.Erased, error) {
	var erased wire.Erased
	err := c.call(ctx, http.MethodDelete, "/api/v1/data?confirm=everything", nil, &erased)
	return erased, err
}
