package client

import (
	"context"
	"io"
	"net/http"

	"emitscope/backend/door/wire"
)

// StartExperiment has the hub compare ways to emit.
func (c *Client) StartExperiment(ctx context.Context, n wire.NewExperiment) (wire.Experiment, error) {
	var e wire.Experiment
	err := c.say(ctx, http.MethodPost, "/api/v1/experiment", n, &e)
	return e, err
}

// Experiment returns the hub's last experiment, and what it has found so far.
func (c *Client) Experiment(ctx context.Context) (wire.Experiment, error) {
	var e wire.Experiment
	err := c.call(ctx, http.MethodGet, "/api/v1/experiment", nil, &e)
	return e, err
}

// CancelExperiment ends the experiment that runs.
func (c *Client) CancelExperiment(ctx context.Context) (wire.Experiment, error) {
	var e wire.Experiment
	err := c.call(ctx, http.MethodDelete, "/api/v1/experiment", nil, &e)
	return e, err
}

// ExperimentRaw returns every moment that it measured, as json or csv. The caller
// must close it.
func (c *Client) ExperimentRaw(ctx context.Context, format string) (io.ReadCloser, error) {
	return c.Fetch(ctx, "/api/v1/experiment/raw?format="+format)
}
