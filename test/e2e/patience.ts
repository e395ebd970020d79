/**
 * An edit of the genesis that gives other numbers of blocks, by parameter name: a busy machine takes seconds for each
 * message.
 */
export function patient(blocks: Readonly<Record<string, number>>): (genesis: string) => string {
  return (genesis) =>
    Object.entries(blocks).reduce((text, [name, value]) => {
      const pattern = new RegExp(`("${name}": *)"[0-9]+"`, 'g');
      if (!pattern.test(text)) throw new Error(`the genesis has no ${name}`);
      return text.replace(pattern, `$1"${value}"`);
    }, genesis);
}
