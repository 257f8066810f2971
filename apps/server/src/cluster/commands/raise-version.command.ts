import { defineCommand, theSystem } from '../../consensus/command';
import { commonClusterVersion } from '../member.rules';

export interface ClusterVersionView {
  readonly clusterVersion: number;
}

/** From here on the cluster runs at what all its members understand. A member that cannot follow halts here. */
export const raiseVersion = defineCommand<ClusterVersionView, ClusterVersionView>({
  type: 'cluster.raise-version',
  version: 1,
  requires: theSystem,
  apply: (state, { clusterVersion }) => {
    // A member that was taken in meanwhile may know less.
    if (clusterVersion <= commonClusterVersion(state)) state.raiseClusterVersion(clusterVersion);
    return { clusterVersion: state.clusterVersion };
  },
  audit: ({ clusterVersion: wanted }, result) => ({
    subject: { type: 'cluster', id: 'version' },
    summary:
      result?.clusterVersion === wanted
        ? `The cluster runs at version ${wanted}`
        : `The cluster was to run at version ${wanted}, which not all of its members understand`,
  }),
});
