package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"emitscope/backend/door/wire"
)

const alertsPath = "/api/v1/alerts"

// Alerts returns every alert, by name.
func (c *Client) Alerts(ctx context.Context) ([]wire.Alert, error) {
	var list wire.AlertList
	err := c.call(ctx, http.MethodGet, alertsPath, nil, &list)
	return list.Alerts, err
}

// PutAlert has the hub watch a condition, in the place of the alert that has the name.
func (c *Client) PutAlert(ctx context.Context, name string, a wire.NewAlert) (wire.Alert, error) {
	var kept wire.Alert
	err := c.say(ctx, http.MethodPut, alertsPath+"/"+url.PathEscape(name), a, &kept)
	return kept, err
}

// RemoveAlert has the hub watch a condition no more.
func (c *Client) RemoveAlert(ctx context.Context, name string) error {
	return c.act(ctx, http.MethodDelete, alertsPath+"/"+url.PathEscape(name))
}

// Acknowledge notes that somebody knows of a raised alert.
func (c *Client) Acknowledge(ctx context.Context, name string) error {
	return c.act(ctx, http.MethodPost, alertsPath+"/"+url.PathEscape(name)+"/acknowledge")
}

// TestWebhook has the hub tell an alert's webhook that this is a test.
func (c *Client) TestWebhook(ctx context.Context, name string) (wire.WebhookTest, error) {
	var t wire.WebhookTest
	err := c.call(ctx, http.MethodPost, alertsPath+"/"+url.PathEscape(name)+"/test", nil, &t)
	return t, err
}

// AlertHistory returns the newest events, newest first.
func (c *Client) AlertHistory(ctx context.Context, limit int) ([]wire.AlertEvent, error) {
	var page wire.AlertHistory
	err := c.call(ctx, http.MethodGet, "/api/v1/alert-history?limit="+strconv.Itoa(limit), nil, &page)
	return page.Events, err
}
