package client

import (
	"context"
	"encoding/json"
	"fmt"
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
	body, err := json.Marshal(f)
	if err != nil {
		return wire.Faults{}, fmt.Errorf("encode the faults: %w", err)
	}
	var state wire.Faults
	err = c.call(ctx, http.MethodPut, faultsPath+"/"+url.PathEscape(namespace), body, &state)
	return state, err
}

// ClearFaults switches the faults of a namespace off, or, where none is named, all.
func (c *Client) ClearFaults(ctx context.Context, namespace string) error {
	path := faultsPath
	if namespace != "" {
		path += "/" + url.PathEscape(namespace)
	}
	res, err := c.do(ctx, http.MethodDelete, path, nil)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
