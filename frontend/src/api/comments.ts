/** What readers say to each other about a study. */
import { answered, client, type Shape } from "./client";

export type Comment = Shape["Comment"];
export type Member = Shape["Membership"];

/** A comment on its way. `instance`, `x`, `y` together or not at all; image pixels, 0 = centre of the first pixel. */
export interface NewComment {
  text: string;
  asked: string;
  reply_to: number | null;
  instance: number | null;
  frame: number;
  x: number | null;
  y: number | null;
}

const at = (slug: string, uid: string) => ({ params: { path: { slug, uid } } });

/** Of one study, oldest first; others' only once the own unaided answer is in. */
export function commentsOn(project: string, study: string): Promise<Comment[]> {
  return answered(client.GET("/api/projects/{slug}/studies/{uid}/comments/", at(project, study)));
}

export function addComment(project: string, study: string, body: NewComment): Promise<Comment> {
  return answered(client.POST("/api/projects/{slug}/studies/{uid}/comments/", { ...at(project, study), body }));
}

export function settleComment(id: number, isSettled: boolean): Promise<Comment> {
  const path = { params: { path: { id } } };
  return answered(
    isSettled ? client.POST("/api/comments/{id}/resolve/", path) : client.POST("/api/comments/{id}/reopen/", path),
  );
}

export function membersOf(project: string): Promise<Member[]> {
  return answered(client.GET("/api/projects/{slug}/members/", { params: { path: { slug: project } } }));
}
