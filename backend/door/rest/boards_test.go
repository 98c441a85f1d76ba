package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
)

const market = `{"x":"server","span":"1m","charts":[{"name":"","scale":"auto","series":[` +
	`{"query":"event:tick data.symbol:AAPL","pointer":"/price","name":"AAPL price","colour":1}]}]}`

func (h *hub) putBoard(name, body string) answer {
	h.t.Helper()
	return h.ask(http.MethodPut, "/api/v1/boards/"+name, body)
}

func TestABoardIsKeptListedAndForgotten(t *testing.T) {
	h := startHub(t)
	made := decode[wire.Board](t, h.putBoard("Pump%203", market), http.StatusCreated)
	if made.Name != "Pump 3" || made.Charts[0].Series[0].Pointer != "/price" {
		t.Errorf("got %+v", made)
	}
	decode[wire.Board](t, h.putBoard("Pump%203", market), http.StatusOK)
	list := decode[wire.BoardList](t, h.get("/api/v1/boards"), http.StatusOK)
	if diff := cmp.Diff(wire.BoardList{Boards: []wire.Board{made}}, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a := h.do(http.MethodDelete, "/api/v1/boards/Pump%203", nil); a.status != http.StatusNoContent {
		t.Errorf("got %d %s, want 204", a.status, a.body)
	}
	wantError(t, h.do(http.MethodDelete, "/api/v1/boards/Pump%203", nil), http.StatusNotFound, "not_found")
	if got := decode[wire.BoardList](t, h.get("/api/v1/boards"), http.StatusOK); len(got.Boards) != 0 {
		t.Errorf("got %+v, want no board", got)
	}
}

func TestABoardThatCannotBeShownIsNotKept(t *testing.T) {
	h := startHub(t)
	one := market[strings.Index(market, `{"query"`):strings.Index(market, `]}]}`)]
	for change, code := range map[[2]string]string{
		{`"x":"server"`, `"x":"time"`}:             "invalid_board",
		{`"1m"`, `"2m"`}:                           "invalid_board",
		{`"auto"`, `"log"`}:                        "invalid_board",
		{`"AAPL price"`, `""`}:                     "invalid_board",
		{`"colour":1`, `"colour":7`}:               "invalid_board",
		{one, ``}:                                  "invalid_board",
		{one, strings.Repeat(one+",", 31) + one}:   "invalid_board",
		{`"name":""`, `"name":"` + long(65) + `"`}: "invalid_board",
		{`event:tick`, `evnt:tick`}:                "invalid_query",
		{`/price`, `price`}:                        "invalid_pointer",
		{`"x"`, `"y"`}:                             "unknown_field",
	} {
		body := strings.Replace(market, change[0], change[1], 1)
		if e := wantError(t, h.putBoard("x", body), http.StatusBadRequest, code); e.Hint == "" {
			t.Errorf("%s: no hint in %+v", change[1], e)
		}
	}
}

func long(n int) string { return strings.Repeat("x", n) }
