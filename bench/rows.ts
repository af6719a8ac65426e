/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly target?: string;
  readonly met?: boolean;
}
