import { print, type Register } from '../context.js';
import { VERSION } from '../version.js';

/** `assay version` */
export const registerVersion: Register = (program, context) => {
  program
    .command('version')
    .description('print versions of this package and of Node')
    .action((_options: object, command) => {
      const versions = { assay: VERSION, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
      print(context, command, versions, [`assay ${VERSION} (node ${versions.node}, ${versions.platform})`]);
    });
};
