package stats

import "strings"

// The words that decide where a noun phrase begins and ends. Folded, as package words
// folds them; the first list that has a word decides.

// opening words may begin a noun phrase and cannot stand inside one.
var opening = set(`a an the this that these those my your his her its our their another every each some any no`)

// subjects are pronouns; the word after one is a verb.
var subjects = set(`i we they he she you it who i'd i'll we'll they'll he'll she'll you'll it'll we'd they'd he'd she'd you'd im ive`)

// verbal words have a verb after them, unless an opening word comes first.
var verbal = set(`to will would can could shall should may might must do does did don't doesn't didn't won't wouldn't can't
couldn't shouldn't cannot not n't let let's gonna wanna dont cant didnt doesnt wont please`)

// adverbs may stand between such a word and its verb.
var adverbs = set(`also always never ever just still even often sometimes usually really very so too quite rather only
almost already again soon then now here there maybe perhaps probably actually definitely certainly truly simply
however instead else away together once twice yet back ago anymore anyway especially particularly pretty much well
forward apart alone out up down off over around`)

// others end a phrase: pronouns, prepositions, conjunctions, auxiliaries, numerals as
// pronouns, interjections.
var others = set(`me us him them myself yourself himself herself itself ourselves themselves yourselves mine yours hers ours theirs
something anything nothing everything someone anyone everyone nobody somebody everybody anybody none whoever whatever
what which whose whom when where why how whether that's there's it's he's she's who's what's here's i'm i've you're you've
we're we've they're they've isn't aren't wasn't weren't hasn't haven't hadn't ain't im
in on at by for from with without within into onto upon about against between among through throughout during before
after above below under behind beside besides beyond near across along toward towards until till since despite except
per via than as like unlike because although though unless while whereas if and or but nor plus
am is are was were be been being have has had having
such same own both either neither all many few several more most less least enough lot lots
oh yes yeah ok okay hey hi hello well wow lol thanks thank please sorry rt etc vs
able sure glad due s t m d ll re ve`)

// verbs are common verb forms, most of which are hardly ever nouns.
var verbs = set(`feel feels felt think thinks thought know knows knew known go goes went gone going get gets got getting gotten
make makes made making take takes took taken taking come comes came coming see sees saw seen seeing say says said saying
tell tells told telling want wants wanted need needs needed give gives gave given giving find finds found keep keeps kept
let lets seem seems seemed become becomes became put puts leave leaves left begin begins began begun show shows shown
hear hears heard bring brings brought happen happens happened live lives lived believe believes believed hope hopes hoped
try tries tried trying help helps helped helping love loves loved hate hates hated wish wishes wished read reads lose loses lost
losing die dies died dying kill kills killed imagine understand understands understood understanding stop stops stopped
pay pays paid meet meets met send sends sent buy buys bought stand stands stood fall falls fell fallen hold holds held
sit sits sat run runs ran speak speaks spoke spoken spend spends spent grow grows grew grown win wins won remember
remembers learn learns learned teach taught wonder wonders guess mean means meant deal suffer suffers suffered cause
causes caused allow allows allowed agree agrees deserve deserves care cares cared wait cry cried cries ask asks asked
use uses used using start starts started look looks looked looking work works worked call calls called move moves moved
live lives lived provide include includes included continue continues create creates add adds consider appear appears
stay stays stayed eat eats ate eaten write writes wrote written sleep slept catch caught break breaks broke broken
choose chose chosen drive drives drove driven forget forgot forgotten forgive rise rose throw threw thrown wear wore
makes sounds sounded seems getting having doing done being save saves saved protect prevent affect affects affected
realize realizes realized assume suppose supposed prefer follow follows followed happening experience experienced
turn turns turned end ends ended set sets handle survive survived raise raised share shared thinking feeling`)

// lyNouns end in -ly and are no adverbs.
var lyNouns = set(`family bully ally italy july reply supply fly jelly belly friendly elderly lonely lovely ugly deadly daily
weekly monthly yearly early likely silly holy costly homely rally assembly monopoly anomaly`)

// nouns end like a verb form and are none.
var nouns = set(`thing things king ring wing spring string evening morning ceiling building wedding meeting painting being beings
bed red seed need speed shed weed hundred sacred kindred breed greed feed bread united`)

func set(list string) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(list) {
		words[w] = true
	}
	return words
}
