package wire

// SavedQuery is a query that a person gave a name to.
type SavedQuery struct {
	Name  string `json:"name" doc:"unique; differs by capital letters"`
	Query string `json:"query" doc:"as it was written"`
}

// SavedQueryList is every saved query, by name.
type SavedQueryList struct {
	Queries []SavedQuery `json:"queries" doc:"by name"`
}

// NewSavedQuery is a query to be saved; its name is in the path.
type NewSavedQuery struct {
	Query string `json:"query" doc:"up to 4096 bytes"`
}
