// Package grace says how long a program may take to end after SIGTERM, for the flag --grace of
// both programs.
package grace
