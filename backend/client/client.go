// Package client talks to a running Emitscope over REST, for the command line
// and the tests.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// Client is one Emitscope as seen from outside. All methods may be called from
// any goroutine.
//
// What the hub refuses comes back as a *fault.Error with the hub's own code,
// sentence and hint; a hub that cannot be reached as an error that says so.
type Client struct {
	base *url.URL
	key  string
	http *http.Client
}

// New returns a client of the hub at base, such as "http://127.0.0.1:8092". key
// may be empty where none is needed. The error is of kind Invalid.
func New(base, key string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fault.Newf(fault.Invalid, "%q is not the address of a hub", base).
			WithHint("write it like http://127.0.0.1:8092")
	}
	return &Client{base: u, key: key, http: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}}, nil
}

// Pin has c talk to a hub that shows the certificate with this fingerprint and to
// no other, whoever vouches for it: the hub's own is vouched for by nobody. It must
// be called before the first request. An address that is not https, and what
// TrustOnly refuses, are Invalid.
func (c *Client) Pin(fingerprint string) error {
	trust, err := TrustOnly(fingerprint)
	if err != nil {
		return err
	}
	if c.base.Scheme != "https" {
		return fault.Newf(fault.Invalid, "the address %s is without TLS, so it has no fingerprint", c.base).
			WithHint("write it with https://, or leave the fingerprint out")
	}
	c.http.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust}
	return nil
}

// Close gives the connections back that are idle.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Stats returns the hub's state in numbers.
func (c *Client) Stats(ctx context.Context) (wire.Stats, error) {
	var s wire.Stats
	err := c.call(ctx, http.MethodGet, "/api/v1/stats", nil, &s)
	return s, err
}

// PatchLane changes some settings of a lane.
func (c *Client) PatchLane(ctx context.Context, namespace string, p wire.LanePatch) (wire.Lane, error) {
	var lane wire.Lane
	err := c.say(ctx, http.MethodPatch, "/api/v1/lanes/"+url.PathEscape(namespace), p, &lane)
	return lane, err
}

// call sends a request and reads the answer.
func (c *Client) call(ctx context.Context, method, path string, body []byte, answer any) error {
	res, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return decode(res, answer)
}

// say is call with a body that is written as JSON.
func (c *Client) say(ctx context.Context, method, path string, what, answer any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("encode the body of %s %s: %w", method, path, err)
	}
	return c.call(ctx, method, path, body, answer)
}

// act has the hub do something that it answers with nothing.
func (c *Client) act(ctx context.Context, method, path string) error {
	res, err := c.do(ctx, method, path, nil)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func decode(res *http.Response, answer any) error {
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the hub's answer to %s %s: %w", res.Request.Method, res.Request.URL.Path, err)
	}
	return nil
}

// do sends a request and returns the answer if it is a good one.
func (c *Client) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	res, err := c.send(ctx, method, path, "application/json", body)
	if err != nil || !refused(res) {
		return res, err
	}
	defer res.Body.Close()
	_, err = refusal(res)
	return nil, err
}

func refused(res *http.Response) bool { return res.StatusCode >= 300 }

// send sends a request and returns the answer, whatever it is.
func (c *Client) send(ctx context.Context, method, path, contentType string, body []byte) (*http.Response, error) {
	if body == nil {
		contentType = ""
	}
	return c.stream(ctx, method, path, contentType, bytes.NewReader(body))
}

// stream is send with a body that is sent as it is read; contentType is empty where
// there is none.
func (c *Client) stream(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	target := strings.TrimSuffix(c.base.String(), "/") + path
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the URL, which is in our own sentence
		}
		if known := Untrusted(c.base.String(), err); known != nil {
			return nil, known
		}
		return nil, fmt.Errorf("no hub answers at %s: %w", c.base, err)
	}
	return res, nil
}

// kindOf says which kind of error a status means.
func kindOf(status int) fault.Kind {
	switch status {
	case http.StatusUnauthorized:
		return fault.Unauthorized
	case http.StatusForbidden:
		return fault.Forbidden
	case http.StatusNotFound:
		return fault.NotFound
	case http.StatusConflict:
		return fault.Conflict
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusTooManyRequests:
		return fault.Full
	case http.StatusServiceUnavailable:
		return fault.Stopping
	}
	if status >= 500 {
		return fault.Internal
	}
	return fault.Invalid
}

// refusal reads why the hub refused, and returns it as the hub wrote it and as
// an error.
func refusal(res *http.Response) (wire.Error, error) {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	kind := kindOf(res.StatusCode)
	var e wire.Error
	if json.Unmarshal(text, &e) != nil || e.Code == "" {
		e := fault.Newf(kind, "the hub answered %s", res.Status)
		if strings.HasPrefix(string(text), "Client sent an HTTP request to an HTTPS server") { // net/http's words
			e = e.WithHint("write its address with https://")
		}
		return wire.Error{}, e
	}
	f := &fault.Error{Kind: kind, Code: e.Code, Message: e.Message, Hint: e.Hint, Field: e.Field}
	if e.At != nil && e.Length != nil {
		f = f.WithPlace(*e.At, *e.Length)
	}
	return e, f
}
