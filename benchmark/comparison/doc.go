// Package comparison makes rows and tables of what several programs measured while they did the same
// training in turns.
//
//	rows := comparison.Rows(world, sides)     // the first side is ours, the others are its peers
//	comparison.FillEfficiency(rows)
//	fmt.Println(comparison.Table(rows, "step"))
package comparison
