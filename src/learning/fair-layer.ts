import type { Engine } from '../engine/engine.js';
import { EvenhandError } from '../errors.js';
import { pf } from '../mechanisms/factories.js';
import { profileBatch, type ProfileBatch } from '../profiles/batch.js';
import { isAnswer } from '../types.js';
import type { Reports } from './network-graph.js';
import type { Scalar, Tensor, Tensor3D, Tf } from './tensors.js';

/** B programmes max sum_i w_i log(v_i . a_i) − <z, a>,  0 <= a <= x,  sum_i a_im <= b_m. */
export interface Programmes extends Reports {
  /** z [B,N,M] */
  readonly regularizer: Tensor3D;
}

/** Derivatives of a loss in what it was solved for, [B,N,M] each. */
export interface FairDerivatives {
  readonly regularizer: Tensor3D;
  readonly values: Tensor3D;
  readonly demands: Tensor3D;
}

/** What the layer needs of an engine. */
export type Solver = Pick<Engine, 'allocate' | 'gradient'>;

/**
 * Proportional fairness as a layer: solved and differentiated by the engine, in doubles on its workers. Tensors are read asynchronously and
 * graphs are built synchronously, so a pass through the layer takes three steps: `solve`, then `pullback` of dl/da, then a graph over
 * `attach`. `differentiate` does them all.
 */
export class FairLayer {
  constructor(
    private readonly tf: Tf,
    private readonly engine: Solver,
  ) {}

  /**
   * Solves programmes. Demands count up to the supply.
   *
   * @throws InputError if a number is negative (z apart) or not finite; EvenhandError if a profile is not solved.
   */
  async solve({ values, demands, budgets, weights, regularizer }: Programmes): Promise<FairPass> {
    const arrays = { values, demands, budgets, weights, regularizer };
    const read = Object.entries(arrays).map(async ([name, tensor]: [string, Tensor]) => {
      return [name, { shape: tensor.shape, data: (await tensor.data()) as Float32Array }] as const;
    });
    const batch = profileBatch(Object.fromEntries(await Promise.all(read)));
    const { allocation, status } = await this.engine.allocate(pf(), batch);
    checkSolved(status);
    const shape = values.shape;
    return new FairPass(this.tf, this.engine, batch, this.tf.tensor3d(Float32Array.from(allocation!), shape));
  }

  /**
   * Value of `objective(allocation)` and its derivatives in `variables`, which `programmes` makes the programmes of. `objective` is called
   * once.
   */
  async differentiate(
    variables: Tensor[],
    programmes: (variables: readonly Tensor[]) => Programmes,
    objective: (allocation: Tensor3D) => Scalar,
  ): Promise<{ readonly value: Scalar; readonly gradients: Tensor[] }> {
    const { tf } = this;
    const given = tf.tidy(() => {
      const { values, demands, budgets, weights, regularizer } = programmes(variables);
      // Clones: what is a variable or belongs to the caller is not disposed of with the rest.
      return [values, demands, budgets, weights, regularizer].map((each) => tf.clone(each as Tensor));
    });
    const [values, demands, budgets, weights, regularizer] = given;
    const pass = await this.solve({ values, demands, budgets, weights, regularizer } as unknown as Programmes);
    tf.dispose(given);
    const { value, grad: cotangent } = tf.valueAndGrad((a) => objective(a as Tensor3D))(pass.allocation);
    await pass.pullback(cotangent as Tensor3D);
    const gradients = tf.grads((...parts) => {
      const made = programmes(parts);
      return tf.sum(tf.mul(pass.attach(made.regularizer, made.values, made.demands), cotangent));
    })(variables);
    cotangent.dispose();
    pass.dispose();
    return { value: value as Scalar, gradients };
  }
}

/** Solved programmes, and their derivatives once a cotangent is known. */
export class FairPass {
  private derivatives: FairDerivatives | undefined;

  /** @internal */
  constructor(
    private readonly tf: Tf,
    private readonly engine: Solver,
    private readonly batch: ProfileBatch,
    /** a [B,N,M], a constant */
    readonly allocation: Tensor3D,
  ) {}

  /**
   * Derivatives of a loss from its `cotangent` dl/da [B,N,M]; the least-norm ones where none exist. The pass owns them.
   *
   * @throws EvenhandError if a profile is not solved.
   */
  async pullback(cotangent: Tensor3D): Promise<FairDerivatives> {
    const made = await this.engine.gradient(pf(), this.batch, Float64Array.from(await cotangent.data()));
    checkSolved(made.status);
    const upload = (data: Float64Array) => this.tf.tensor3d(Float32Array.from(data), this.allocation.shape);
    this.tf.dispose(this.derivatives && { ...this.derivatives });
    this.derivatives = {
      regularizer: upload(made.dRegularizer),
      values: upload(made.dValues),
      demands: upload(made.dDemands),
    };
    return this.derivatives;
  }

  /**
   * The allocation as a function of z, values and demands [B,N,M], for a graph whose dl/da here is the cotangent last pulled back: then
   * derivatives through it are exact. Another loss, or twice that loss, takes another `pullback`.
   */
  attach(regularizer: Tensor3D, values: Tensor3D, demands: Tensor3D): Tensor3D {
    const found = this.derivatives;
    if (!found) throw new EvenhandError('attach comes after pullback: derivatives are not known yet');
    const { tf } = this;
    return tf.customGrad(() => ({
      value: tf.clone(this.allocation),
      // Clones: the library disposes of what it adds up.
      gradFunc: () => [tf.clone(found.regularizer), tf.clone(found.values), tf.clone(found.demands)],
    }))(regularizer, values, demands) as Tensor3D;
  }

  dispose(): void {
    this.tf.dispose({ allocation: this.allocation, ...this.derivatives });
  }
}

function checkSolved(status: Int32Array): void {
  const bad = status.findIndex((each) => !isAnswer(each));
  if (bad >= 0) throw new EvenhandError(`proportional fairness of profile ${bad} ended with status ${status[bad]}`);
}
