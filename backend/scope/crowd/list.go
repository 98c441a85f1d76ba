package crowd

import (
	"strings"
	"time"

	"emitscope/backend/msg"
)

// entry is a client in its place among the others.
type entry struct {
	id       string
	standing msg.Standing
	lostAt   time.Time
}

// List returns those who are connected now, as asked for, and how many there are. A
// text makes it ask the doors about everybody.
func (c *Crowd) List(q msg.ClientQuery) msg.ClientPage {
	page := msg.ClientPage{}
	entries := c.order(q, time.Now(), &page)
	wanted := strings.ToLower(strings.TrimSpace(q.Text))
	for _, e := range entries {
		if wanted == "" && len(page.Clients) >= q.Limit {
			break
		}
		client, ok := c.source.Client(e.id)
		if !ok || wanted != "" && !says(client, wanted) {
			continue
		}
		if page.Found++; len(page.Clients) < q.Limit {
			page.Clients = append(page.Clients, msg.ListedClient{Client: client, Standing: e.standing, LastMissed: e.lostAt})
		}
	}
	if wanted == "" {
		page.Found = page.Total
	}
	c.addLevels(page.Clients)
	return page
}

// One returns one client; false when it is not connected.
func (c *Crowd) One(id string) (msg.ListedClient, bool) {
	client, ok := c.source.Client(id)
	if !ok {
		return msg.ListedClient{}, false
	}
	now := time.Now()
	one := []msg.ListedClient{{Client: client, Standing: msg.Keeping}}
	c.mu.Lock()
	if r := c.byID[client.ID]; r != nil {
		one[0].Standing, one[0].LastMissed = standingOf(r, now), r.lostAt
	}
	c.mu.Unlock()
	c.addLevels(one)
	return one[0], true
}

// order looks at everybody, counts them, and returns them in the order asked for.
func (c *Crowd) order(q msg.ClientQuery, now time.Time, page *msg.ClientPage) []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(now)
	page.Total = len(c.rows)
	sorted := make([]sortable, len(c.rows))
	for i, r := range c.rows {
		standing := standingOf(r, now)
		switch standing {
		case msg.Losing:
			page.Losing++
		case msg.Behind:
			page.Behind++
		case msg.Keeping:
		}
		sorted[i] = sortable{r, standing}
	}
	arrange(sorted, q.Sort)
	entries := make([]entry, len(sorted))
	for i, s := range sorted {
		entries[i] = entry{s.id, s.standing, s.lostAt}
	}
	return entries
}

// addLevels adds each one's last minute.
func (c *Crowd) addLevels(clients []msg.ListedClient) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ring := c.ringOf(second)
	from, to := ring.span(c.tick)
	for i := range clients {
		if r := c.byID[clients[i].ID]; r != nil {
			clients[i].Levels = ring.appendLevels(nil, r, from, to)
		}
	}
}

// says reports whether a text stands in what people know a client by.
func says(c msg.Client, lower string) bool {
	for _, text := range [...]string{c.Address, c.Name, c.Agent, c.Transport, string(c.Door), c.Key, c.ID} {
		if strings.Contains(strings.ToLower(text), lower) {
			return true
		}
	}
	for _, list := range [...][]string{c.Namespaces, c.Rooms} {
		for _, text := range list {
			if strings.Contains(strings.ToLower(text), lower) {
				return true
			}
		}
	}
	return false
}
