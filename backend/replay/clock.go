package replay

import (
	"math"
	"time"
)

// clock says when what is to be played. What it counts is the time of a replay at
// speed 1, from its beginning on, without pauses.
//
// Every moment is computed from the one that was set last, and never from the moment
// before it, so nothing drifts, however long it runs.
type clock struct {
	speed   float64
	running bool
	at      time.Time     // of the hub, when ...
	played  time.Duration // ... so much was played
}

// now is how much is played.
func (c *clock) now(t time.Time) time.Duration {
	if !c.running || t.Before(c.at) { // before: it is about to begin
		return c.played
	}
	return c.played + time.Duration(math.Round(float64(t.Sub(c.at))*c.speed))
}

// due is when so much is played.
func (c *clock) due(played time.Duration) time.Time {
	return c.at.Add(time.Duration(math.Round(float64(played-c.played) / c.speed)))
}

// run lets it go on at t.
func (c *clock) run(t time.Time) { c.at, c.running = t, true }

// stop lets it stand.
func (c *clock) stop(t time.Time) { c.played, c.running = c.now(t), false }

// setSpeed changes how fast it goes from t on, without a jump.
func (c *clock) setSpeed(speed float64, t time.Time) {
	if c.running && t.After(c.at) {
		c.played, c.at = c.now(t), t
	}
	c.speed = speed
}
