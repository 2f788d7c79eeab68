/** What SQL here must not hold, as patterns that are applied to text without comments. */

/** A construct that is not allowed. */
export interface Pattern {
  /** What is wrong with it. */
  readonly fault: string
  readonly pattern: RegExp
  /** SQL in which the pattern finds it: the proof that the pattern works. */
  readonly example: string
}

/** Faults of style, in every folder. */
export const STYLE: readonly Pattern[] = [
  {
    fault: 'a join without its kind',
    // After a table or a CTE, not after the word that names the kind.
    pattern: /(?<!\b(?:inner|left|right|full outer|cross|anti|semi)) join\b|^\s*join\b/m,
    example: 'select a\nfrom t\n    join u on t.a = u.a',
  },
  { fault: 'an outer join without its word', pattern: /\bfull join\b/, example: 't full join u' },
  { fault: 'a comma join', pattern: /\bfrom \w+(?: as \w+)?,/, example: 'from t, u' },
  {
    fault: 'an alias without as',
    pattern: /\b(?:from|join) \w+ (?!as\b|escape\b)\w/,
    example: 'from pools p',
  },
  { fault: 'a name of one letter', pattern: /\bas [a-z]\b/, example: 'from pools as p' },
  { fault: 'grouping by numbers', pattern: /\bgroup by\s+\d/, example: 'group by 1' },
  { fault: 'ordering by numbers', pattern: /\border by\s+\d/, example: 'order by 2 asc' },
  { fault: 'a leading comma', pattern: /^\s*,/m, example: 'select\n    a\n    , b' },
  { fault: 'two columns on a line', pattern: /^select \S+, /m, example: 'select a, b\nfrom t' },
  { fault: 'a semicolon', pattern: /;/, example: 'select 1;' },
  {
    fault: 'a division that may be by zero',
    pattern: /\/(?!\s*nullif\()/,
    example: 'clicks / impressions',
  },
]

/** What is not in the SQL that DuckDB, Trino and Spark share, or means other things there (design, section 7). */
export const NOT_PORTABLE: readonly Pattern[] = [
  { fault: 'qualify', pattern: /\bqualify\b/, example: 'qualify place = 1' },
  { fault: 'a cast by ::', pattern: /::/, example: 'clicks::bigint' },
  { fault: 'whole division', pattern: /\/\//, example: 'clicks // 2' },
  {
    fault: 'division: of integers it differs',
    pattern: /\//,
    example: 'clicks / nullif(shown, 0)',
  },
  { fault: 'concat: null differs', pattern: /\bconcat(?:_ws)?\(/, example: 'concat(a, b)' },
  { fault: 'trim: blanks differ', pattern: /\b[lr]?trim\(/, example: 'trim(name)' },
  {
    fault: 'greatest or least: null differs',
    pattern: /\b(?:greatest|least)\(/,
    example: 'greatest(a, b)',
  },
  { fault: 'group or order by all', pattern: /\bby\s+all\b/, example: 'group by all' },
  { fault: 'avg: scale differs', pattern: /\bavg\(/, example: 'avg(revenue)' },
  {
    fault: 'a hash: name and type differ',
    pattern: /\b(?:md5|sha1|sha256|hash|xxhash64)\w*\(/,
    example: 'md5(name)',
  },
  { fault: 'a variable', pattern: /\bgetvariable\(/, example: "getvariable('seed')" },
  { fault: 'a filtered aggregate', pattern: /\bfilter\s*\(/, example: 'count(*) filter (where a)' },
  {
    fault: 'a join of one engine',
    pattern: /\b(?:anti|semi|asof|positional|lateral|natural)\s+join\b/,
    example: 'pools anti join rules',
  },
  {
    fault: 'a star with changes',
    pattern: /\*\s*(?:exclude|except|replace|rename)\b/,
    example: 'select * exclude (rank)',
  },
  { fault: 'columns()', pattern: /\bcolumns\s*\(/, example: 'select columns(*)' },
  { fault: 'from first', pattern: /^from\b[^;]*$(?![\s\S])|\(\s*from\b/, example: 'from pools' },
  { fault: 'distinct on', pattern: /\bdistinct\s+on\b/, example: 'select distinct on (a) b' },
  { fault: 'ilike', pattern: /\bilike\b/, example: "reason ilike 'in%'" },
  { fault: 'a list or struct', pattern: /[[\]{}]/, example: 'select [1, 2]' },
  { fault: 'a lambda', pattern: /->|\blambda\b/, example: 'x -> x + 1' },
  { fault: 'a backslash: an escape in Spark', pattern: /\\/, example: "escape '\\'" },
  { fault: 'a double quote: a text in Spark', pattern: /"/, example: 'rejects."table"' },
  { fault: 'a reading function', pattern: /\b(?:read_\w+|unnest|range)\(/, example: 'range(9)' },
  {
    fault: 'a type of one engine',
    pattern: /\bas (?:u\w*int|hugeint|text|string|double|float|real|varchar)\)/,
    example: 'cast(rank as utinyint)',
  },
  { fault: 'try_cast', pattern: /\btry_cast\(/, example: 'try_cast(a as bigint)' },
  { fault: 'nullable sort keys', pattern: /\bnulls (?:first|last)\b/, example: 'a nulls last' },
  {
    fault: 'a window without order',
    pattern: /\b(?:row_number|rank|dense_rank)\(\) over \((?![^)]*order by)/,
    example: 'row_number() over (partition by a)',
  },
  {
    fault: 'a ranking with ties',
    pattern: /\b(?:rank|dense_rank|percent_rank|ntile)\(\d*\)/,
    example: 'rank() over (order by a asc)',
  },
  {
    fault: 'an aggregate that picks any row',
    pattern: /\b(?:any_value|arbitrary|first|last|arg_m\w+|m\w+_by|mode|median)\(/,
    example: 'any_value(a)',
  },
  { fault: 'a limit', pattern: /\b(?:limit|offset|fetch)\b/, example: 'limit 1' },
  {
    fault: 'a clock or chance',
    pattern: /\b(?:now|random|rand|uuid)\(|\bcurrent_\w+/,
    example: 'random()',
  },
]

/** A stored sum has the type that is written, not that of the engine. Marts only. */
export const BARE_SUM: Pattern = {
  fault: 'a sum without cast to its stored type',
  pattern: /(?<!\bcast\(\s*)\bsum\(/,
  example: 'select sum(clicks) as clicks',
}

/** Tells whether a pattern finds its fault in SQL without comments. */
export function firesOn({ pattern }: Pattern, sql: string): boolean {
  return pattern.test(sql)
}
