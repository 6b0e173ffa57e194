package affinity

// Share is the core of one of several processes that divide the machine's cores among
// them: number part of parts, from 0. Processes next to each other get cores next to
// each other; with fewer cores than parts they have to share.
func Share(cores []int, part, parts int) int { return cores[part*len(cores)/parts] }
