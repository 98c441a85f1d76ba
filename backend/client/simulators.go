package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"emitscope/backend/door/wire"
)

// Simulators returns what the hub can make up itself, by name.
func (c *Client) Simulators(ctx context.Context) (wire.SimulatorList, error) {
	var list wire.SimulatorList
	err := c.call(ctx, http.MethodGet, "/api/v1/simulators", nil, &list)
	return list, err
}

// PutSimulator keeps a setup under a name; one that runs begins anew.
func (c *Client) PutSimulator(ctx context.Context, name string, setup wire.SimulatorSetup) (wire.Simulator, error) {
	return c.simulator(ctx, http.MethodPut, name, setup)
}

// RunSimulator starts or stops a simulator.
func (c *Client) RunSimulator(ctx context.Context, name string, running bool) (wire.Simulator, error) {
	return c.simulator(ctx, http.MethodPatch, name, wire.SimulatorPatch{Running: &running})
}

func (c *Client) simulator(ctx context.Context, method, name string, say any) (wire.Simulator, error) {
	var one wire.Simulator
	body, err := json.Marshal(say)
	if err != nil {
		return one, fmt.Errorf("encode the simulator: %w", err)
	}
	err = c.call(ctx, method, "/api/v1/simulators/"+url.PathEscape(name), body, &one)
	return one, err
}
