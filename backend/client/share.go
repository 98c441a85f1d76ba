package client

import (
	"context"
	"net/http"
	"net/url"

	"emitscope/backend/door/wire"
)

// Sharing returns how other machines reach the hub.
func (c *Client) Sharing(ctx context.Context) (wire.Sharing, error) {
	var s wire.Sharing
	err := c.call(ctx, http.MethodGet, "/api/v1/sharing", nil, &s)
	return s, err
}

// Share changes how the hub is shared, until it ends.
func (c *Client) Share(ctx context.Context, p wire.SharingPatch) (wire.Sharing, error) {
	var s wire.Sharing
	err := c.say(ctx, http.MethodPatch, "/api/v1/sharing", p, &s)
	return s, err
}

// ViewLink returns the key that the view link carries behind #k=.
func (c *Client) ViewLink(ctx context.Context) (key string, err error) {
	var link wire.ViewLink
	err = c.call(ctx, http.MethodPost, "/api/v1/sharing/link", nil, &link)
	return link.Key, err
}

// Keys returns all keys, oldest first.
func (c *Client) Keys(ctx context.Context) ([]wire.Key, error) {
	var list wire.KeyList
	err := c.call(ctx, http.MethodGet, "/api/v1/keys", nil, &list)
	return list.Keys, err
}

// MakeKey makes a key and returns it with its secret, which the hub tells nobody
// again. scopes are separated by spaces.
func (c *Client) MakeKey(ctx context.Context, name, scopes string) (wire.MadeKey, error) {
	var made wire.MadeKey
	err := c.say(ctx, http.MethodPost, "/api/v1/keys", wire.NewKey{Name: name, Scopes: scopes}, &made)
	return made, err
}

// RevokeKey makes a key unknown, and has the hub disconnect who came in with it.
func (c *Client) RevokeKey(ctx context.Context, name string) error {
	return c.act(ctx, http.MethodDelete, "/api/v1/keys/"+url.PathEscape(name))
}
