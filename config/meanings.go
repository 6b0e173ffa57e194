package config

// meaning is the documentation of a key.
type meaning struct {
	text     string
	fallback string // the default in words, where it is no fixed value
	required bool
}

// meanings describes every key of Run; a test holds that none is missing.
var meanings = map[string]meaning{
	"model.base":    {text: "encoder to start from: a fetched name (minilm) or a Hugging Face folder", required: true},
	"model.arch":    {text: "instead of base, a baseline on whole words: cnn (Kim 2014), lstm, bilstm or convlstm (Zhou et al. 2015)"},
	"model.vectors": {text: "a baseline's word vectors: a file in GloVe's text format, or train (GloVe on the training rows of all declared corpora)", fallback: "train"},
	"model.dim":     {text: "dimension of the word vectors", fallback: "the file's; 100 for trained ones"},
	"model.dropout": {text: "replaces the encoder's own dropout probabilities", fallback: "the encoder's own"},
	"method": {text: "training method: single (target task, gold labels), mt (multi-task, gold labels), kd (multi-task, distillation from teachers), kd-annealed (distillation whose weight moves from the teachers to the gold labels); mlm pretrains the encoder on the texts of all tasks",
		fallback: "kd-annealed; single where there is one task"},

	"source": {text: "the task that the student trains and validates on instead of the target, on which it is only tested (domain adaptation); both have the same classes", fallback: "the target itself"},

	"tasks.NAME.name":               {text: "the task's name: lower-case letters, digits, _ and -", required: true},
	"tasks.NAME.target":             {text: "the task that the run is evaluated on; exactly one task has it"},
	"tasks.NAME.pretrain":           {text: "corpus for pretraining: students do not train on it, and it needs no labels; where a task has it, method mlm uses only such tasks"},
	"tasks.NAME.kind":               {text: "what the task asks of a text: classes (one class), labels (any number of labels), value (a number, from the column label) or ordered (one class; the classes have an order, as levels have)", fallback: "classes"},
	"tasks.NAME.class_weights":      {text: "weights of the losses by gold class: balanced (inverse to the classes' training rows; their mean over rows is 1), or a mapping from a class to its weight; for kind labels the weight of a label where it is present", fallback: "all weigh 1"},
	"tasks.NAME.loss":               {text: "loss of a task of kind value: mse, or beta-nll, whose head gives the value's variance too (Seitzer et al. 2022, β = 0.5)", fallback: "mse"},
	"tasks.NAME.sampling":           {text: "how often training rows are dealt: balanced deals each class alike often, rows of rare classes again and again (of kind labels, a row counts to its rarest label)", fallback: "every row once an epoch"},
	"tasks.NAME.head_bias":          {text: "where the biases of a new head begin: zero, or prior, with the frequencies of the classes or labels in the training rows (as class_weights, sampling and train.label_smoothing have them)", fallback: "zero"},
	"tasks.NAME.positive":           {text: "the positive class of a binary task, for precision, recall and F1", fallback: "the class with the higher numeric label in the files, else the last one declared"},
	"tasks.NAME.teacher.path":       {text: "folder of a trained teacher", fallback: "one is trained"},
	"tasks.NAME.teacher.paths":      {text: "folders of further trained teachers; the probabilities of all are averaged", fallback: "none"},
	"tasks.NAME.teacher.count":      {text: "number of teachers that are trained, with seeds from teacher.seed on; their probabilities are averaged", fallback: "1"},
	"tasks.NAME.teacher.answers":    {text: "a CSV, TSV or JSONL file of probabilities made elsewhere, for example by a large language model: a text (or the row's number) and a column per class or label, or of kind value one with the name of data.label", fallback: "none"},
	"tasks.NAME.teacher.unanswered": {text: "a training row that teacher.answers does not have: error (the run does not begin) or gold (its own label is the answer)", fallback: "error"},
	"tasks.NAME.teacher.epochs":     {text: "epochs of the teacher's training", fallback: "train.epochs"},
	"tasks.NAME.teacher.batch":      {text: "batch of the teacher's training", fallback: "train.batch"},
	"tasks.NAME.teacher.lr":         {text: "learning rate of the teacher's training", fallback: "train.lr"},
	"tasks.NAME.teacher.seed":       {text: "seed of the teacher's training, so that students of several seeds share one teacher", fallback: "train.seed"},

	"tasks.NAME.data.path":            {text: "files to divide by split; this and other paths may be patterns (data/*.csv), whose files are taken sorted by name, or the s3://BUCKET/KEY of an object (of a folder: of what its keys begin with)"},
	"tasks.NAME.data.train":           {text: "files of training rows, instead of path"},
	"tasks.NAME.data.valid":           {text: "files of validation rows", fallback: "split off from train"},
	"tasks.NAME.data.test":            {text: "files of test rows", fallback: "split off from train"},
	"tasks.NAME.data.part":            {text: "column of the files of path that says which part a row belongs to: train, valid (or validation, val, dev) or test", fallback: "none: split divides the rows"},
	"tasks.NAME.data.format":          {text: "csv, tsv (no quoting), jsonl or json (one object per line, or one array of objects) or parquet; for pretraining also lines (one document per line) or paragraphs (divided by blank lines); files may be compressed (gzip, zstd, bzip2, a zip of one file)", required: true},
	"tasks.NAME.data.delimiter":       {text: "the character between fields", fallback: "by format: comma or tab"},
	"tasks.NAME.data.header":          {text: "false for files whose first line is a row", fallback: "true"},
	"tasks.NAME.data.columns":         {text: "column names of files without a header; in files with a header they replace its names"},
	"tasks.NAME.data.extra_fields":    {text: "a row with more fields than columns: error (a bad row) or ignore (the rest is dropped)"},
	"tasks.NAME.data.text":            {text: "the column with the text; [FIRST, SECOND] names two, see text_pair", required: true},
	"tasks.NAME.data.text_pair":       {text: "the column with a second text, which the model reads after the first"},
	"tasks.NAME.data.label":           {text: "the column with the label"},
	"tasks.NAME.data.label_columns":   {text: "one 0/1 column per label, instead of label"},
	"tasks.NAME.data.label_separator": {text: "splits a cell that lists several labels"},
	"tasks.NAME.data.label_names":     {text: "a file with one label per line; the label column holds line numbers from 0"},
	"tasks.NAME.data.labels":          {text: "mapping from a label in the files to its class; an empty class drops the row", required: true},
	"tasks.NAME.data.several_labels":  {text: "a row with several classes, or none: error (a bad row) or drop"},
	"tasks.NAME.data.split.train":     {text: "share of rows to train on"},
	"tasks.NAME.data.split.valid":     {text: "share of rows for validation"},
	"tasks.NAME.data.split.test":      {text: "share of rows for the final test"},
	"tasks.NAME.data.split.seed":      {text: "seed of the split"},
	"tasks.NAME.data.split.group":     {text: "column whose rows with the same value stay in one part (an article, an author, a dialogue)", fallback: "none: texts are divided individually"},
	"tasks.NAME.data.split.contained": {text: "keep texts of four or more words in the same part as the texts that contain them, such as phrases and their sentence; instead of group", fallback: "false"},
	"tasks.NAME.data.split.folds":     {text: "divide the rows into this many folds for cross-validation; one of them is the test part (split.test is then not used), and compare runs each", fallback: "none: one test part"},
	"tasks.NAME.data.split.fold":      {text: "which of the folds is the test part, from 1", fallback: "1, where folds is set"},
	"tasks.NAME.data.limit":           {text: "maximum number of training rows", fallback: "all"},
	"tasks.NAME.data.clean.dedup":     {text: "remove exact duplicates (same text, same class)"},
	"tasks.NAME.data.clean.urls":      {text: "replace links by <URL>"},
	"tasks.NAME.data.clean.users":     {text: "replace @names by <USER>"},
	"tasks.NAME.data.clean.replace":   {text: "mapping from a substring to its replacement"},
	"tasks.NAME.data.clean.drop":      {text: "regular expressions (RE2); a text that matches one is dropped"},
	"tasks.NAME.data.max_bad":         {text: "share of bad rows above which the run stops before training"},

	"train.epochs":            {text: "passes over the training rows; a fraction is allowed (a baseline's default is 10)"},
	"train.steps":             {text: "number of steps, instead of epochs", fallback: "from epochs"},
	"train.batch":             {text: "global batch in examples, whatever the number of workers"},
	"train.micro_batch":       {text: "maximum number of examples in one forward pass on a worker", fallback: "no limit"},
	"train.lr":                {text: "peak learning rate (a baseline's default is 0.001)"},
	"train.warmup":            {text: "share of steps over which the learning rate rises; train.schedule says what it does after that"},
	"train.schedule":          {text: "the learning rate after the warm-up: linear (falls linearly to 0), cosine (falls to 0 along half a cosine) or constant; as transformers' get_*_schedule_with_warmup", fallback: "linear"},
	"train.layer_decay":       {text: "factor by which the learning rate falls from layer to layer, from the heads (full rate) down to the embeddings, as in ELECTRA and BAM, which use 0.9", fallback: "1: one rate for all"},
	"train.head_lr":           {text: "peak learning rate of the heads, which are new where the rest of the encoder is trained already; the schedule is that of train.lr", fallback: "train.lr"},
	"train.weight_decay":      {text: "AdamW's weight decay"},
	"train.clip_norm":         {text: "maximum global gradient norm; 0 disables clipping"},
	"train.max_length":        {text: "maximum length of a text in tokens, with [CLS] and [SEP]; for a baseline, in words"},
	"train.seed":              {text: "seed of order, dropout and new heads"},
	"train.sampling_exponent": {text: "how often each task is sampled: with probability p ∝ size^exponent (0: all tasks equally, 1: by size)"},

	"train.not_finite": {text: "a step whose loss or gradient is NaN or infinite: stop (the run ends, naming the examples) or skip (it counts, without an update)"},

	"train.max_skipped":          {text: "share of a stage's steps that not_finite: skip may skip (five steps always may); above it the run ends as diverged"},
	"train.max_skipped_in_a_row": {text: "maximum number of consecutive steps that it may skip; 0 sets no limit"},

	"train.keep": {text: "which student is delivered: best (the checkpoint with the best score on the target's validation rows, if it is better than the last step) or last. The score is F1, of kind labels micro F1, of kind ordered quadratic kappa, of kind value Pearson's r. Validation runs once per epoch, three to ten times per run, and at every checkpoint"},

	"train.label_smoothing": {text: "share of each gold class that is spread evenly over all classes (of each label, over yes and no), for tasks with classes or labels; teachers' probabilities stay as they are", fallback: "0"},

	"train.precision": {text: "data type of an encoder's matrix products in training: float32 or bfloat16 (faster where the processor or GPU has it; losses agree to about 1%)"},

	"train.gradient_checkpointing": {text: "true keeps only the inputs of an encoder's layers for the backward pass, which computes the rest again: less memory, about 40% more time, the same results", fallback: "false"},

	"train.lora.rank":  {text: "rank of the updates (LoRA) that adapt the encoder's maps of queries and values in place of changing its weights; only they, the pooler and the heads are trained and travel between workers; typical are 4 to 16, with a higher train.lr", fallback: "the weights themselves are trained"},
	"train.lora.alpha": {text: "alpha divided by rank is what an update is multiplied by", fallback: "twice the rank"},
	"train.freeze":     {text: "how much of the encoder keeps its weights in fine-tuning: embeddings, a number N (embeddings and the first N layers) or encoder (all but the heads); for a baseline only embeddings, its word vectors", fallback: "everything is trained"},

	"pretrain.epochs":      {text: "epochs of a pretraining (method mlm)", fallback: "train.epochs"},
	"pretrain.steps":       {text: "steps of a pretraining, instead of epochs", fallback: "from pretrain.epochs"},
	"pretrain.batch":       {text: "global batch of a pretraining, in packed sequences", fallback: "train.batch"},
	"pretrain.lr":          {text: "peak learning rate of a pretraining", fallback: "train.lr"},
	"pretrain.max_length":  {text: "length of the packed sequences, in tokens", fallback: "train.max_length"},
	"pretrain.whole_words": {text: "true masks all tokens of a word or none, until 15% of the tokens are masked; false chooses each token by itself", fallback: "false"},

	"distill.temperature":    {text: "softens the teachers' and the student's probabilities in the loss between them, which is multiplied by its square (Hinton et al., 2015)", fallback: "1"},
	"distill.teacher_weight": {text: "largest weight of the teachers in the target: constant under kd, and where the annealing begins under kd-annealed", fallback: "1"},
	"distill.standardize":    {text: "true compares standardised logits of teacher and student (Sun et al., 2024), of tasks with three or more classes", fallback: "false"},

	"early_stop.patience":  {text: "number of validations in a row without a better score on the target's validation rows after which the student's training ends; 0 never ends it early", fallback: "0"},
	"early_stop.every":     {text: "number of steps from one of these validations to the next", fallback: "an epoch"},
	"early_stop.min_delta": {text: "by how much a score (0 to 1) must exceed the best one to count as better", fallback: "0"},

	"checkpoint.every": {text: "number of steps between checkpoints; 0 writes one only when a run ends or is stopped"},
	"checkpoint.keep":  {text: "number of newest checkpoints to keep"},
	"checkpoint.best":  {text: "also keep the checkpoint with the best score on the target's validation rows (train.keep says which score)"},

	"cluster.workers":        {text: "number of workers that a run starts with; 0 takes one for all GPUs of the machine, without GPUs one for every two cores"},
	"cluster.min_workers":    {text: "the run pauses while it has fewer workers"},
	"cluster.max_workers":    {text: "additional workers wait as spares", fallback: "cluster.workers"},
	"cluster.nats":           {text: "embedded, or the URL of a NATS server"},
	"cluster.token":          {text: "a token that you make up, for workers on this machine; of at least 32 characters where other machines can connect; not kept in the run directory. It is shown to the NATS server of cluster.nats, too", fallback: "RINGMASTER_TOKEN; one is made for the run"},
	"cluster.credentials":    {text: "folder with the run's seed, as ringmaster credentials new makes it", fallback: "new credentials for each run, in the run directory"},
	"cluster.tls":            {text: "encrypt control and ring: auto (where other machines can connect), on or off"},
	"cluster.gradient_dtype": {text: "number format of gradients between workers: float32, bfloat16 for half the bytes, or int8 for a quarter"},
	"cluster.topology":       {text: "how gradients travel: mesh (from worker to worker), or broker (over one NATS server, for workers that cannot reach each other)"},
	"cluster.broker":         {text: "URL of the NATS server of topology broker, or several of a cluster with commas; may include user:password@ or token@", fallback: "the server that control goes over"},
	"cluster.ring_address":   {text: "address at which workers reach each other under topology mesh: an IP address, a network like 10.0.0.0/8, a network interface or a host name; a worker's own --ring-address takes precedence", fallback: "every address of the worker's machine is tried"},
	"cluster.ring_port":      {text: "port on which each worker's ring server listens, or a range like 29500-29520 for several workers on one machine", fallback: "any free port"},
	"cluster.ring_stripes":   {text: "under topology mesh: number of parallel links over which each worker sends gradients to its neighbour, each with a processor core of its own, from 1 to 16; or auto, one for every four cores of the worker with the fewest, at most four; results are bit-identical", fallback: "auto"},
	"cluster.http":           {text: "address of the coordinator's HTTP endpoint with health, metrics and status, host:port, or off; beyond loopback metrics and status require the run's token, or that of RINGMASTER_METRICS_TOKEN; port 0 is a free one, written to RUN_DIR/http"},
	"cluster.pin":            {text: "pin each worker started on this machine to its own cores, if there are enough"},
	"cluster.oversubscribe":  {text: "start more workers on this machine than it has cores (and more than 8), each with a whole model in memory"},

	"storage.url":      {text: "a bucket, or a folder in it, as s3://BUCKET/PREFIX, in which the run's record, checkpoints and result are kept too, under the name of the run directory; credentials come from the environment", fallback: "the run directory only"},
	"storage.endpoint": {text: "the S3 server, as https://HOST:PORT, also for data at s3:// addresses", fallback: "Amazon S3"},
	"storage.region":   {text: "the region of the buckets", fallback: "the server is asked"},

	"device": {text: "auto, cpu, cuda or cuda:N, or several for each worker, as cuda:0,cuda:1"},
}
