//! What goes wrong in the simulated world, and how it ends.

use rand::Rng;

use super::{event::Event, network::Network, node::End, step::Step, world::World};

impl World {
    /// One thing goes wrong, or gets better; the next comes soon.
    pub(super) fn fault(&mut self, step: &mut Step<'_>) {
        if self.is_calm {
            return;
        }
        let ms = step.between(20, 700);
        step.after(ms, Event::Fault);
        let node = step.rng.random_range(0..2usize);
        match step.rng.random_range(0..17) {
            0 => self.end_node(node, End::Kill, step),
            1 | 2 => self.end_node(node, End::PowerCut, step),
            3 => self.end_node(node, End::Stop, step),
            4 => self.nodes[node].slow_sync_ms = step.between(200, 2_000),
            5 => self.nodes[node].fail_sync = true,
            6 => {
                // Noon or midnight, as far as the operating system knows.
                let hour = 3_600_000;
                self.nodes[node].wall_skew_ms = [-hour, 0, hour][step.rng.random_range(0..3)];
                step.tally.clock_jumps += 1;
            }
            7 => self.cut(step, |network, dice| {
                network.peers_cut = [dice & 1 > 0, dice & 2 > 0];
            }),
            8 => self.cut(step, |network, dice| {
                network.wan_cut[node] = [dice & 1 > 0, dice & 2 > 0];
            }),
            9 => self.cut(step, |network, dice| network.lan_cut[node] = dice == 3),
            10 => {
                self.network.lost_permille = [0, 0, 10, 100, 300][step.rng.random_range(0..5)];
                self.network.doubled_permille = [0, 10, 100][step.rng.random_range(0..3)];
                self.network.delay_max_ms = [3, 5, 30, 400][step.rng.random_range(0..4)];
            }
            11 | 12 => self.end_centre(step.rng.random_range(0..3), step),
            13 => self.wipe(node, step),
            14 | 15 => self.network = Network::calm(),
            16 => self.jump_centre(step),
            other => unreachable!("the dice has no side {other}"),
        }
    }

    fn cut(&mut self, step: &mut Step<'_>, cut: impl FnOnce(&mut Network, u8)) {
        step.tally.partitions += 1;
        cut(&mut self.network, step.rng.random_range(0..4));
    }

    /// A node's process ends, and starts again after a while.
    pub(super) fn end_node(&mut self, node: usize, end: End, step: &mut Step<'_>) {
        if self.nodes[node].live.is_none() {
            return;
        }
        match end {
            End::PowerCut => step.tally.power_cuts += 1,
            End::Kill | End::Stop => step.tally.crashes += 1,
            End::Wipe => step.tally.wipes += 1,
        }
        self.nodes[node].end(end);
        self.check_that_nothing_is_lost(step);
        let ms = step.between(100, 4_000);
        step.after(ms, Event::Boot(node));
    }

    /// One coordinator of the three has a clock that jumps: a minority.
    fn jump_centre(&mut self, step: &mut Step<'_>) {
        let hour = 3_600_000;
        let first = step.rng.random_range(0..self.centres.len());
        let centre = *self.bad_clock.get_or_insert(first);
        self.centres[centre].wall_skew_ms = [-hour, 0, hour][step.rng.random_range(0..3)];
        step.tally.clock_jumps += 1;
    }

    /// One node of the two may lose its disk, once.
    fn wipe(&mut self, node: usize, step: &mut Step<'_>) {
        if self.lost_disk.is_some() || self.nodes[node].live.is_none() || !step.one_in(2) {
            return;
        }
        self.lost_disk = Some(node);
        self.nodes[node].end(End::Wipe);
        step.tally.wipes += 1;
        self.check_that_nothing_is_lost(step);
        let ms = step.between(100, 4_000);
        step.after(ms, Event::Boot(node));
    }

    fn end_centre(&mut self, centre: usize, step: &mut Step<'_>) {
        if self.centres[centre].state.is_some() {
            step.tally.centre_crashes += 1;
            self.centres[centre].end();
            let ms = step.between(100, 6_000);
            step.after(ms, Event::BootCentre(centre));
        }
    }

    /// The storm is over: every line is whole, every process starts.
    pub(super) fn calm(&mut self, step: &mut Step<'_>) {
        self.is_calm = true;
        self.network = Network::calm();
        for node in &mut self.nodes {
            (node.slow_sync_ms, node.fail_sync) = (0, false);
            node.boot(step);
            node.peer_restarted();
        }
        for centre in 0..self.centres.len() {
            self.centres[centre].wall_skew_ms = 0;
            self.centres[centre].boot(step);
            self.nodes
                .iter_mut()
                .for_each(|node| node.centre_restarted(centre));
        }
    }
}
