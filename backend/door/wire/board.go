package wire

// Board is charts of messages' numbers that a person gave a name to.
type Board struct {
	Name     string `json:"name" doc:"unique; differs by capital letters"`
	NewBoard `tstype:",extends"`
}

// BoardOf returns the board that was kept under a name.
func BoardOf(name string, n NewBoard) Board {
	n.Charts = orEmpty(n.Charts)
	return Board{Name: name, NewBoard: n}
}

// BoardList is every board, by name.
type BoardList struct {
	Boards []Board `json:"boards" doc:"by name"`
}

// NewBoard is a board to be kept; its name is in the path.
type NewBoard struct {
	X      string       `json:"x" tstype:"'server' | 'source'" doc:"by whose time points are drawn: when the hub emitted, or when the producer says it was" enum:"server,source"`
	Span   string       `json:"span" tstype:"'10s' | '1m' | '10m' | 'all'" doc:"how much time is shown" enum:"10s,1m,10m,all"`
	Charts []BoardChart `json:"charts" doc:"from left to right, up to 31"`
}

// BoardChart is one chart of a board.
type BoardChart struct {
	Name   string        `json:"name" doc:"up to 64 characters; empty: named by its series"`
	Scale  string        `json:"scale" tstype:"'auto' | 'shared' | 'own'" doc:"one axis of values for all series, one for each, or what their ranges allow" enum:"auto,shared,own"`
	Series []BoardSeries `json:"series" doc:"up to 31 on all charts together"`
}

// BoardSeries is one number of the messages that a query selects.
type BoardSeries struct {
	Query   string `json:"query" doc:"which messages"`
	Pointer string `json:"pointer" doc:"where the number is, as a JSON pointer; empty: the payload itself"`
	Name    string `json:"name" doc:"1 to 64 characters"`
	Colour  int    `json:"colour" doc:"series colour 1 to 6; 0: any"`
}
