/** Code and text of what an attempt throws, as `CODE: text`; `none` when it throws nothing. */
export async function refusalOf(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
    return 'none';
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message?: string };
    return `${code ?? 'no code'}: ${message ?? String(error)}`;
  }
}
