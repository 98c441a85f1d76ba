package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

func TestSharingAndKeysAreAskedForAsTheHubWantsIt(t *testing.T) {
	on := true
	for _, c := range []struct {
		call         func(context.Context, *client.Client) (any, error)
		answer       string
		asked        string // method, path and body
		want         any
		answerStatus int
	}{
		{
			func(ctx context.Context, c *client.Client) (any, error) { return c.Sharing(ctx) },
			`{"on":true,"port":8092}`, "GET /api/v1/sharing ", wire.Sharing{On: true, Port: 8092}, http.StatusOK,
		},
		{
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.Share(ctx, wire.SharingPatch{On: &on})
			},
			`{"on":true}`, `PATCH /api/v1/sharing {"on":true}`, wire.Sharing{On: true}, http.StatusOK,
		},
		{
			func(ctx context.Context, c *client.Client) (any, error) { return c.ViewLink(ctx) },
			`{"key":"es_1"}`, "POST /api/v1/sharing/link ", "es_1", http.StatusOK,
		},
		{
			func(ctx context.Context, c *client.Client) (any, error) { return c.Keys(ctx) },
			`{"keys":[{"name":"a"}]}`, "GET /api/v1/keys ", []wire.Key{{Name: "a"}}, http.StatusOK,
		},
		{
			func(ctx context.Context, c *client.Client) (any, error) { return c.MakeKey(ctx, "a", "view publish") },
			`{"key":{"name":"a"},"secret":"es_2"}`, `POST /api/v1/keys {"name":"a","scopes":"view publish"}`,
			wire.MadeKey{Key: wire.Key{Name: "a"}, Secret: "es_2"}, http.StatusCreated,
		},
		{
			func(ctx context.Context, c *client.Client) (any, error) { return nil, c.RevokeKey(ctx, "a/b ü?") },
			"", "DELETE /api/v1/keys/a%2Fb%20%C3%BC%3F ", nil, http.StatusNoContent,
		},
	} {
		asked := ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			asked = r.Method + " " + r.URL.EscapedPath() + " " + string(body)
			w.WriteHeader(c.answerStatus)
			_, _ = io.WriteString(w, c.answer)
		}))
		got, err := c.call(t.Context(), connect(t, server.URL))
		server.Close()
		if err != nil || asked != c.asked {
			t.Errorf("got %v after asking %q, want %q", err, asked, c.asked)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.asked, diff)
		}
	}
}

func TestARefusedChangeOfSharingIsWhatTheHubSaid(t *testing.T) {
	c := hub(t, http.StatusForbidden, `{"code":"forbidden","message":"no","hint":"ask"}`)
	_, asked := c.Share(t.Context(), wire.SharingPatch{})
	for _, err := range []error{asked, c.RevokeKey(t.Context(), "a")} {
		if f := fault.From(err); !errors.Is(err, fault.Forbidden) || f.Message != "no" || f.Hint != "ask" {
			t.Errorf("got %#v, want what the hub said", err)
		}
	}
}

func connect(t *testing.T, url string) *client.Client {
	t.Helper()
	c, err := client.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
