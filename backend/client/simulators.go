package client

import (
	"context"
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

func (c *Client) simulator(ctx context.Context, method, name string, what any) (wire.Simulator, error) {
	var one wire.Simulator
	err := c.say(ctx, method, "/api/v1/simulators/"+url.PathEscape(name), what, &one)
	return one, err
}
