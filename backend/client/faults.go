package client

import (
	"context"
	"net/http"
	"net/url"

	"emitscope/backend/door/wire"
)

const faultsPath = "/api/v1/faults"

// Faults returns all faults that are on, by namespace.
func (c *Client) Faults(ctx context.Context) ([]wire.Faults, error) {
	var list wire.FaultList
	err := c.call(ctx, http.MethodGet, faultsPath, nil, &list)
	return list.Faults, err
}

// SetFaults switches faults on in a namespace, in place of those that are.
func (c *Client) SetFaults(ctx context.Context, namespace string, f wire.NewFaults) (wire.Faults, error) {
	var state wire.Faults
	err := c.say(ctx, http.MethodPut, faultsPath+"/"+url.PathEscape(namespace), f, &state)
	return state, err
}

// ClearFaults switches the faults of a namespace off, or, where none is named, all.
func (c *Client) ClearFaults(ctx context.Context, namespace string) error {
	path := faultsPath
	if namespace != "" {
		path += "/" + url.PathEscape(namespace)
	}
	return c.act(ctx, http.MethodDelete, path)
}
