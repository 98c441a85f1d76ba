package rest

import (
	"encoding/json"
	"net/http"

	"emitscope/backend/msg"
)

// shelf holds what people gave a name to, by name. Put reports whether the name
// is new.
type shelf interface {
	List() []msg.Named
	Put(name string, value []byte) (made bool, err error)
	Remove(name string) error
}

// kept returns what is on a shelf, each thing made of its name and its value.
func kept[Value, Thing any](s shelf, of func(name string, v Value) Thing) ([]Thing, error) {
	things := []Thing{}
	for _, named := range s.List() {
		var v Value
		if err := json.Unmarshal(named.Value, &v); err != nil {
			return nil, err
		}
		things = append(things, of(named.Name, v))
	}
	return things, nil
}

// keep puts the body on a shelf under the name in the path, and answers with what
// there is now.
func keep[Value, Thing any](d *Door, s shelf, w http.ResponseWriter, r *http.Request, of func(name string, v Value) Thing) error {
	var v Value
	if err := d.readJSON(w, r, &v); err != nil {
		return err
	}
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	made, err := s.Put(name, value)
	if err != nil {
		return err
	}
	return sendPut(w, made, of(name, v))
}

// forget takes what the path names off a shelf.
func forget(s shelf, w http.ResponseWriter, r *http.Request) error {
	if err := s.Remove(r.PathValue("name")); err != nil {
		return err
	}
	reply{status: http.StatusNoContent}.send(w)
	return nil
}
