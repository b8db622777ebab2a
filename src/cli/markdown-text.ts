/** Texts of rules, rows and contracts in Markdown: they may have any character in them. Pure. */

export const plainText = (text: string): string => text.replace(/[\\`*_{}[\]<#|&~]/g, '\\$&').replace(/\s+/g, ' ');

export const codeText = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
