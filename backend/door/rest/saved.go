package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/query"
)

// CheckSavedQuery says why a value cannot be one of the saved queries.
func CheckSavedQuery(value []byte) error {
	var saved wire.NewSavedQuery
	if err := wire.DecodeStrict(value, &saved); err != nil {
		return err
	}
	filter, err := query.Parse(saved.Query)
	if err == nil && filter.All() {
		return fault.Newf(fault.Invalid, "the query is empty").WithCode("invalid_query").WithHint("save one that selects something, such as event:tick")
	}
	return err
}

// getQueries lists the saved queries.
func (d *Door) getQueries(w http.ResponseWriter, r *http.Request) error {
	queries, err := kept(d.o.Queries, queryOf)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.SavedQueryList{Queries: queries})
	return nil
}

// putQuery saves a query under the name in the path.
func (d *Door) putQuery(w http.ResponseWriter, r *http.Request) error {
	return keep(d, d.o.Queries, w, r, queryOf)
}

// deleteQuery forgets a saved query.
func (d *Door) deleteQuery(w http.ResponseWriter, r *http.Request) error {
	return forget(d.o.Queries, w, r)
}

func queryOf(name string, q wire.NewSavedQuery) wire.SavedQuery {
	return wire.SavedQuery{Name: name, Query: q.Query}
}

func docGetQueries() *operation {
	return about("listQueries", "messages", "Saved queries", "By name.").
		givesJSON("The queries.", ref[wire.SavedQueryList](), wire.SavedQueryList{Queries: []wire.SavedQuery{exampleQuery()}})
}

func docPutQuery() *operation {
	return about("saveQuery", "messages", "Save a query", "Under a name of 1 to 64 characters, in the place of the one that has it. There may be 200.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleQuery().Name).
		takes(jsonType, ref[wire.NewSavedQuery](), map[string]example{"a query": {object{"query": exampleQuery().Query}}}).
		givesJSON("It took the place of another.", ref[wire.SavedQuery](), exampleQuery()).
		gives(http.StatusCreated, "It is saved.", jsonType, ref[wire.SavedQuery](), exampleQuery()).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 200 saved queries, and more are not possible").
			WithHint("remove one that is not used any more")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteQuery() *operation {
	return about("removeQuery", "messages", "Forget a saved query", "").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleQuery().Name).
		gives(http.StatusNoContent, "It is forgotten.", "", nil, nil).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no saved query %q", exampleQuery().Name).
			WithHint("it may have been removed; names differ by capital letters"))
}

func exampleQuery() wire.SavedQuery {
	return wire.SavedQuery{Name: "late ticks", Query: "event:tick late>1ms"}
}
