package client

import (
	"context"
	"net/http"
	"net/url"

	"emitscope/backend/door/wire"
)

const rulesPath = "/api/v1/rules"

// Rules returns the reply rules, in their order.
func (c *Client) Rules(ctx context.Context) ([]wire.Rule, error) {
	var list wire.RuleList
	err := c.call(ctx, http.MethodGet, rulesPath, nil, &list)
	return list.Rules, err
}

// PutRule saves a rule under a name. rule is the JSON of a wire.NewRule; what it
// does not say is as usual.
func (c *Client) PutRule(ctx context.Context, name string, rule []byte) (wire.Rule, error) {
	var saved wire.Rule
	err := c.call(ctx, http.MethodPut, rulesPath+"/"+url.PathEscape(name), rule, &saved)
	return saved, err
}

// SwitchRule switches a rule on or off.
func (c *Client) SwitchRule(ctx context.Context, name string, on bool) (wire.Rule, error) {
	var rule wire.Rule
	err := c.say(ctx, http.MethodPatch, rulesPath+"/"+url.PathEscape(name), wire.RulePatch{On: &on}, &rule)
	return rule, err
}

// OrderRules puts the saved rules into another order, and returns all rules.
func (c *Client) OrderRules(ctx context.Context, names []string) ([]wire.Rule, error) {
	var list wire.RuleList
	err := c.say(ctx, http.MethodPatch, rulesPath, wire.RuleOrder{Order: names}, &list)
	return list.Rules, err
}

// RemoveRule forgets a saved rule.
func (c *Client) RemoveRule(ctx context.Context, name string) error {
	return c.act(ctx, http.MethodDelete, rulesPath+"/"+url.PathEscape(name))
}
