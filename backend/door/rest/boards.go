package rest

import (
	"net/http"
	"slices"
	"unicode/utf8"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// Bounds of a board: what one viewer may plot, and names that fit on a line. One
// of a viewer's series is for the number that is pointed at.
const (
	boardSeries = msg.MaxSeries - 1
	boardName   = 64
)

// CheckBoard says why a value cannot be one of the boards.
func CheckBoard(value []byte) error {
	var b wire.NewBoard
	if err := wire.DecodeStrict(value, &b); err != nil {
		return err
	}
	if err := oneOf("x", b.X, "server", "source"); err != nil {
		return err
	}
	if err := oneOf("span", b.Span, "10s", "1m", "10m", "all"); err != nil {
		return err
	}
	all := 0
	for _, c := range b.Charts {
		if err := oneOf("scale", c.Scale, "auto", "shared", "own"); err != nil {
			return err
		}
		if utf8.RuneCountInString(c.Name) > boardName || len(c.Series) == 0 {
			return badBoard("chart %q has a name that is too long, or no series", fault.Clip(c.Name)).
				WithHint("give it at most %d characters, and one series at least", boardName)
		}
		for _, s := range c.Series {
			if err := checkSeries(s); err != nil {
				return err
			}
		}
		all += len(c.Series)
	}
	if all > boardSeries {
		return badBoard("the board has %d series; at most %d are possible", all, boardSeries).WithHint("make two boards of it")
	}
	return nil
}

func checkSeries(s wire.BoardSeries) error {
	if n := utf8.RuneCountInString(s.Name); n == 0 || n > boardName || s.Colour < 0 || s.Colour > 6 {
		return badBoard("series %q has no name, one that is too long, or an unknown colour", fault.Clip(s.Name)).
			WithHint("give it 1 to %d characters, and a colour from 0 to 6", boardName)
	}
	if _, err := query.Parse(s.Query); err != nil {
		return err
	}
	return jsontext.CheckPlace(s.Pointer)
}

func oneOf(field, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return badBoard("%s %q is unknown", field, fault.Clip(value)).WithHint("known are %q", known)
}

func badBoard(format string, args ...any) *fault.Error {
	return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_board")
}

// getBoards lists the boards.
func (d *Door) getBoards(w http.ResponseWriter, r *http.Request) error {
	boards, err := kept(d.o.Boards, wire.BoardOf)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.BoardList{Boards: boards})
	return nil
}

// putBoard keeps a board under the name in the path.
func (d *Door) putBoard(w http.ResponseWriter, r *http.Request) error {
	return keep(d, d.o.Boards, w, r, wire.BoardOf)
}

// deleteBoard forgets a board.
func (d *Door) deleteBoard(w http.ResponseWriter, r *http.Request) error {
	return forget(d.o.Boards, w, r)
}

func docGetBoards() *operation {
	return about("listBoards", "numbers", "Boards", "Charts that people keep, by name.").
		givesJSON("The boards.", ref[wire.BoardList](), wire.BoardList{Boards: []wire.Board{exampleBoard()}})
}

func docPutBoard() *operation {
	return about("saveBoard", "numbers", "Keep a board", "Under a name of 1 to 64 characters, in the place of the one that has it. There may be 100.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleBoard().Name).
		takes(jsonType, ref[wire.NewBoard](), map[string]example{"a board": {exampleBoard().NewBoard}}).
		givesJSON("It took the place of another.", ref[wire.Board](), exampleBoard()).
		gives(http.StatusCreated, "It is kept.", jsonType, ref[wire.Board](), exampleBoard()).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 100 saved boards, and more are not possible").
			WithHint("remove one that is not used any more")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteBoard() *operation {
	return about("removeBoard", "numbers", "Forget a board", "").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleBoard().Name).
		gives(http.StatusNoContent, "It is forgotten.", "", nil, nil).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no saved board %q", exampleBoard().Name).
			WithHint("it may have been removed; names differ by capital letters"))
}

func exampleBoard() wire.Board {
	return wire.Board{Name: "Market", NewBoard: wire.NewBoard{X: "server", Span: "1m", Charts: []wire.BoardChart{{
		Scale: "auto", Series: []wire.BoardSeries{{Query: "ns:/ws/rt_market event:tick data.symbol:AAPL", Pointer: "/price", Name: "AAPL price", Colour: 1}},
	}}}}
}
