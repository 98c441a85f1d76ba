package rest

import (
	"encoding/json"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// shelf holds what people gave a name to, by name. Put reports whether the name
// is new.
type shelf interface {
	List() []msg.Named
	Put(name string, value []byte) (made bool, err error)
	Remove(name string) error
}

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
	list := wire.SavedQueryList{Queries: []wire.SavedQuery{}}
	for _, thing := range d.o.Queries.List() {
		var saved wire.NewSavedQuery
		if err := json.Unmarshal(thing.Value, &saved); err != nil {
			return err
		}
		list.Queries = append(list.Queries, wire.SavedQuery{Name: thing.Name, Query: saved.Query})
	}
	d.sendJSON(w, r, list)
	return nil
}

// putQuery saves a query under the name in the path.
func (d *Door) putQuery(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewSavedQuery
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	value, err := json.Marshal(body)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	made, err := d.o.Queries.Put(name, value)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
	}
	out, err := replyOf(status, wire.SavedQuery{Name: name, Query: body.Query})
	if err != nil {
		return err
	}
	out.send(w)
	return nil
}

// deleteQuery forgets a saved query.
func (d *Door) deleteQuery(w http.ResponseWriter, r *http.Request) error {
	if err := d.o.Queries.Remove(r.PathValue("name")); err != nil {
		return err
	}
	reply{status: http.StatusNoContent}.send(w)
	return nil
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
