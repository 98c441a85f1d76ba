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

// RenameRecording gives a recording that has ended another name.
func (c *Client) RenameRecording(ctx context.Context, name, wanted string) (wire.Recording, error) {
	var one wire.Recording
	err := c.say(ctx, http.MethodPatch, recordingPath(name), wire.RecordingPatch{Name: &wanted}, &one)
	return one, err
}

// KeepFlight has the hub make a recording of what its flight recorder has.
func (c *Client) KeepFlight(ctx context.Context, k wire.KeepFlight) (wire.Recording, error) {
	var one wire.Recording
	err := c.say(ctx, http.MethodPost, "/api/v1/flight", k, &one)
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

// Compared is one side of a comparison. What is empty the hub chooses.
type Compared struct{ Recording, Namespace, Event, From, To string }

// Compare says which of two spans of recordings was steadier.
func (c *Client) Compare(ctx context.Context, a, b Compared) (wire.SpanComparison, error) {
	q := filled(map[string]string{
		"a": a.Recording, "namespace": a.Namespace, "event": a.Event, "a_from": a.From, "a_to": a.To,
		"b": b.Recording, "b_namespace": b.Namespace, "b_event": b.Event, "b_from": b.From, "b_to": b.To,
	})
	var compared wire.SpanComparison
	err := c.call(ctx, http.MethodGet, "/api/v1/comparison?"+q.Encode(), nil, &compared)
	return compared, err
}

const replayPath = "/api/v1/replay"

// Replay returns how the recording that is being played stands, or the last one.
func (c *Client) Replay(ctx context.Context) (wire.Replay, error) {
	var one wire.Replay
	err := c.call(ctx, http.MethodGet, replayPath, nil, &one)
	return one, err
}

// StartReplay has the hub play a recording.
func (c *Client) StartReplay(ctx context.Context, n wire.NewReplay) (wire.Replay, error) {
	var one wire.Replay
	err := c.say(ctx, http.MethodPut, replayPath, n, &one)
	return one, err
}

// ChangeReplay changes how it is played.
func (c *Client) ChangeReplay(ctx context.Context, p wire.ReplayPatch) (wire.Replay, error) {
	var one wire.Replay
	err := c.say(ctx, http.MethodPatch, replayPath, p, &one)
	return one, err
}

// StopReplay ends it.
func (c *Client) StopReplay(ctx context.Context) (wire.Replay, error) {
	var one wire.Replay
	err := c.call(ctx, http.MethodDelete, replayPath, nil, &one)
	return one, err
}

// Exported says what of a recording is wanted, and how.
type Exported struct {
	Format   string // as the hub calls it; empty: ndjson
	Query    string // which messages; empty: all
	From, To string // RFC 3339: from this moment on, and before that one; empty: from its beginning, to its end
	Columns  string // with csv and parquet: JSON pointers with commas between them
}

// Export returns a recording as a file, which the caller must close. Where it breaks
// off, reading fails.
func (c *Client) Export(ctx context.Context, name string, e Exported) (io.ReadCloser, error) {
	q := filled(map[string]string{"format": e.Format, "q": e.Query, "from": e.From, "to": e.To, "columns": e.Columns})
	return c.Fetch(ctx, recordingPath(name)+"/export?"+q.Encode())
}

// Imported says how a file is to become a recording.
type Imported struct {
	Name   string // of the recording
	Format string // as the hub calls it; empty: the content tells
	// For files of something else than Emitscope: each line, or row, is the data of this
	// event; and the namespace of messages that name none. Empty: as the file says.
	Event, Namespace string
}

// Import makes a recording of a file, which is sent as it is read. It is there as a
// whole or not at all.
func (c *Client) Import(ctx context.Context, i Imported, file io.Reader) (wire.Recording, error) {
	q := filled(map[string]string{"name": i.Name, "format": i.Format, "event": i.Event, "namespace": i.Namespace})
	res, err := c.stream(ctx, http.MethodPost, "/api/v1/imports?"+q.Encode(), "application/octet-stream", file)
	if err != nil {
		return wire.Recording{}, err
	}
	defer res.Body.Close()
	if refused(res) {
		_, err := refusal(res)
		return wire.Recording{}, err
	}
	var one wire.Recording
	err = decode(res, &one)
	return one, err
}
