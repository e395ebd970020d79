package fixture

import "time"

// The block's time comes from its header, and After of a Time is a comparison.
func late(block, deadline time.Time) bool {
	return block.After(deadline.Add(time.Minute)) || block.Equal(time.Unix(0, 0))
}
