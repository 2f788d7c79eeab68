/** The scripts that make a shell ask the program for completions. */

/** Shells that have one. */
export const SHELLS = ['bash', 'zsh'] as const
/** A shell that completes. */
export type Shell = (typeof SHELLS)[number]

/**
 * Writes the script: `eval "$(pools completion)"`.
 *
 * @param name - The program, as it is called.
 */
export function writeScript(shell: Shell, name: string): string {
  const fn = `_${name.replaceAll('-', '_')}_complete`
  return shell === 'zsh' ? writeZsh(name, fn) : writeBash(name, fn)
}

/** Also for the bash 3.2 of macOS. */
function writeBash(name: string, fn: string): string {
  return `# Completion of ${name} in bash: eval "$(${name} completion bash)"
${fn}() {
  local IFS=$'\\n'
  COMPREPLY=($(${name} --complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F ${fn} ${name}`
}

function writeZsh(name: string, fn: string): string {
  return `#compdef ${name}
# Completion of ${name} in zsh: eval "$(${name} completion zsh)"
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
${fn}() {
  local -a replies
  replies=("\${(@f)$(${name} --complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${replies[*]}" ]]; then
    compadd -- "\${replies[@]}"
  else
    _files
  fi
}
compdef ${fn} ${name}`
}
