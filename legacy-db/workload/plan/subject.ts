/** The order a plan is made for, with its stream of decisions. */
import type { Random } from '../random.js';
import type { OrderContent } from './order-content.js';

export interface Subject {
  readonly orderNo: number;
  readonly content: OrderContent;
  readonly random: Random;
}
