package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// CheckDraft says why a value cannot be one of the saved drafts. One that is not
// finished can.
func CheckDraft(value []byte) error {
	var d wire.NewDraft
	if err := wire.DecodeStrict(value, &d); err != nil {
		return err
	}
	if d.Namespace != "" {
		if err := msg.CheckNamespace(d.Namespace); err != nil {
			return err
		}
	}
	if d.Event != "" {
		if err := msg.CheckEvent(d.Event); err != nil {
			return err
		}
	}
	return msg.CheckRooms(d.Rooms)
}

// getDrafts lists the saved drafts.
func (d *Door) getDrafts(w http.ResponseWriter, r *http.Request) error {
	drafts, err := kept(d.o.Drafts, draftOf)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.SavedDraftList{Drafts: drafts})
	return nil
}

// putDraft saves a draft under the name in the path.
func (d *Door) putDraft(w http.ResponseWriter, r *http.Request) error {
	return keep(d, d.o.Drafts, w, r, draftOf)
}

// deleteDraft forgets a saved draft.
func (d *Door) deleteDraft(w http.ResponseWriter, r *http.Request) error {
	return forget(d.o.Drafts, w, r)
}

func draftOf(name string, n wire.NewDraft) wire.SavedDraft {
	return wire.SavedDraft{Name: name, NewDraft: n}
}

func docGetDrafts() *operation {
	return about("listDrafts", "messages", "Saved messages", "Those that people saved to send them again, by name.").
		givesJSON("The drafts.", ref[wire.SavedDraftList](), wire.SavedDraftList{Drafts: []wire.SavedDraft{exampleDraft()}})
}

func docPutDraft() *operation {
	return about("saveDraft", "messages", "Save a message to send it again",
		"Under a name of 1 to 64 characters, in the place of the one that has it. There may be 100, each of 256 KiB at most.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleDraft().Name).
		takes(jsonType, ref[wire.NewDraft](), map[string]example{"a draft": {exampleDraft().NewDraft}}).
		givesJSON("It took the place of another.", ref[wire.SavedDraft](), exampleDraft()).
		gives(http.StatusCreated, "It is saved.", jsonType, ref[wire.SavedDraft](), exampleDraft()).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 100 saved drafts, and more are not possible").
			WithHint("remove one that is not used any more")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteDraft() *operation {
	return about("removeDraft", "messages", "Forget a saved message", "").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleDraft().Name).
		gives(http.StatusNoContent, "It is forgotten.", "", nil, nil).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no saved draft %q", exampleDraft().Name).
			WithHint("it may have been removed; names differ by capital letters"))
}

func exampleDraft() wire.SavedDraft {
	return wire.SavedDraft{Name: "one tick", NewDraft: wire.NewDraft{
		Namespace: "/ws/rt_market", Event: "tick", Data: `{"symbol": "AAPL", "price": {{walk 231.42 0.02}}}`,
	}}
}
