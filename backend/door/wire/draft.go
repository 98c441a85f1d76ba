package wire

import "encoding/json"

// SavedDraft is a message to be sent again and again that a person gave a name to.
type SavedDraft struct {
	Name     string `json:"name" doc:"unique; differs by capital letters"`
	NewDraft `tstype:",extends"`
}

// SavedDraftList is every saved draft, by name.
type SavedDraftList struct {
	Drafts []SavedDraft `json:"drafts" doc:"by name"`
}

// NewDraft is a draft to be saved; its name is in the path. Whether it can be sent
// is looked at when it is.
type NewDraft struct {
	Namespace   string   `json:"namespace" doc:"where to; empty: /ws"`
	Event       string   `json:"event" doc:"its name"`
	Data        string   `json:"data" doc:"JSON as it is written, which may have the holes of a template; empty: null"`
	Rooms       []string `json:"rooms,omitempty" doc:"to whom, up to 64 rooms; absent: everybody in the namespace"`
	Attachments [][]byte `json:"attachments,omitempty" tstype:"string[]" doc:"binary arguments in base64"`
}

// Template is a text with holes, and which of the messages it makes is wanted.
type Template struct {
	Text string `json:"text" doc:"JSON with {{…}} in the place of values, up to 64 KiB"`
	Seed uint64 `json:"seed,omitempty" doc:"the same seed draws the same numbers"`
	Skip int    `json:"skip,omitempty" doc:"how many messages come before the one that is wanted, at most 1000"`
}

// FilledTemplate is one message of a template.
type FilledTemplate struct {
	Data json.RawMessage `json:"data" tstype:"unknown" doc:"with a value in each hole"`
}
