package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"emitscope/backend/door/wire"
)

// StartExperiment has the hub compare ways to emit.
func (c *Client) StartExperiment(ctx context.Context, n wire.NewExperiment) (wire.Experiment, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return wire.Experiment{}, fmt.Errorf("encode the experiment: %w", err)
	}
	var e wire.Experiment
	err = c.call(ctx, http.MethodPost, "/api/v1/experiment", body, &e)
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
