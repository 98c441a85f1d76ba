package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"emitscope/backend/door/wire"
)

const recordingsPath = "/api/v1/recordings"

func recordingPath(name string) string { return recordingsPath + "/" + url.PathEscape(name) }

// Recordings returns every recording, newest first.
func (c *Client) Recordings(ctx context.Context) ([]wire.Recording, error) {
	var list wire.RecordingList
	err := c.call(ctx, http.MethodGet, recordingsPath, nil, &list)
	return list.Recordings, err
}

// Recording returns what the hub knows of one.
func (c *Client) Recording(ctx context.Context, name string) (wire.Recording, error) {
	var one wire.Recording
	err := c.call(ctx, http.MethodGet, recordingPath(name), nil, &one)
	return one, err
}

// StartRecording has the hub record from now on.
func (c *Client) StartRecording(ctx context.Context, n wire.NewRecording) (wire.Recording, error) {
	var one wire.Recording
	err := c.say(ctx, http.MethodPost, recordingsPath, n, &one)
	return one, err
}

// StopRecording ends a recording, and returns it with all that was emitted before.
func (c *Client) StopRecording(ctx context.Context, name string) (wire.Recording, error) {
	var one wire.Recording
	err := c.call(ctx, http.MethodPost, recordingPath(name)+"/stop", nil, &one)
	return one, err
}

// DeleteRecording deletes a recording that has ended.
func (c *Client) DeleteRecording(ctx context.Context, name string) error {
	return c.act(ctx, http.MethodDelete, recordingPath(name))
}

// Exported says what of a recording is wanted, and how.
type Exported struct {
	Format  string // ndjson or csv
	Query   string // which messages; empty: all
	Columns string // with csv: JSON pointers with commas between them
}

// Export returns a recording as a file, which the caller must close. Where it breaks
// off, reading fails.
func (c *Client) Export(ctx context.Context, name string, e Exported) (io.ReadCloser, error) {
	q := filled(map[string]string{"format": e.Format, "q": e.Query, "columns": e.Columns})
	return c.Fetch(ctx, recordingPath(name)+"/export?"+q.Encode())
}
