"""Lost work: the room's own TypeScript, played in many tabs against a real server that is killed now and then."""
